// Writes the types of the API out of its description: node scripts/generate.mjs OPENAPI.json TYPES.ts
//
// Owns how a schema becomes a type. It knows the parts of OpenAPI 3.1 that the description uses, and stops at any other.

import { readFileSync, realpathSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const METHODS = ["get", "post", "put", "patch", "delete"];

const key = (name) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));
const indented = (text) => text.replace(/^(?=.)/gm, "  ");

function comment(text) {
  if (!text) return "";
  const lines = text.trim().replaceAll("*/", "* /").split("\n");
  if (lines.length === 1) return `/** ${lines[0]} */\n`;
  return `/**\n${lines.map((line) => ` * ${line}`.trimEnd()).join("\n")}\n */\n`;
}

/** A schema as a type. */
function typeOf(schema) {
  if (schema === undefined || schema === true) return "unknown";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.oneOf ?? schema.anyOf) return (schema.oneOf ?? schema.anyOf).map(typeOf).join(" | ");
  if (schema.allOf) return schema.allOf.map((part) => wrap(typeOf(part))).join(" & ");
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeOf({ ...schema, type })).join(" | ");
  switch (schema.type) {
    case "null":
      return "null";
    case "boolean":
    case "string":
      return schema.type;
    case "integer":
    case "number":
      return "number";
    case "array":
      return `${wrap(typeOf(schema.items))}[]`;
    case "object":
      return objectOf(schema);
    case undefined:
      return "unknown";
    default:
      throw new Error(`a schema of the type ${schema.type} is not known here`);
  }
}

const wrap = (type) => (type.includes(" | ") ? `(${type})` : type);

function objectOf({ properties, required = [], additionalProperties: rest }) {
  if (properties === undefined) return rest ? `Record<string, ${typeOf(rest)}>` : "Record<string, unknown>";
  const fields = Object.entries(properties).map(([name, schema]) => {
    // A schema beside a reference to another is described by itself.
    return `${comment(schema.description)}${key(name)}${required.includes(name) ? "" : "?"}: ${typeOf(schema)};`;
  });
  return `{\n${indented(fields.join("\n"))}\n}`;
}

/** What a call takes and answers. */
function callOf(path, method, { summary, description, parameters = [], requestBody, responses }) {
  const parts = ["path", "query", "header"].flatMap((place) => {
    const these = parameters.filter((parameter) => parameter.in === place);
    if (these.length === 0) return [];
    const properties = Object.fromEntries(these.map(({ name, schema, description }) => [name, { ...schema, description }]));
    const required = these.filter((parameter) => parameter.required).map(({ name }) => name);
    return [`${place}: ${objectOf({ properties, required })};`];
  });
  const bodies = Object.values(requestBody?.content ?? {}).map(({ schema }) => typeOf(schema));
  if (bodies.length > 0) parts.push(`body: ${[...new Set(bodies)].join(" | ")};`);
  const good = Object.entries(responses).filter(([status]) => status.startsWith("2"));
  const answers = good.flatMap(([, { content = {} }]) => Object.values(content).map(({ schema }) => typeOf(schema)));
  parts.push(`answer: ${[...new Set(answers)].join(" | ") || "unknown"};`);
  const about = [summary, description].filter(Boolean).join("\n\n");
  return `${comment(about)}${JSON.stringify(`${method.toUpperCase()} ${path}`)}: {\n${indented(parts.join("\n"))}\n};`;
}

/** The types of an API. */
export function generate(document) {
  const types = Object.entries(document.components.schemas).map(([name, schema]) => {
    return `${comment(schema.description)}export type ${name} = ${typeOf(schema)};\n`;
  });
  const calls = Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => callOf(path, method, item[method])),
  );
  return [
    "// Written by `npm run generate` out of docs/openapi.json. Not to be edited.\n",
    ...types,
    `/** Every call of the API, by its method and address. */\nexport interface Calls {\n${indented(calls.join("\n"))}\n}\n`,
  ].join("\n");
}

const [, self, from, to] = process.argv;
if (self && realpathSync(self) === fileURLToPath(import.meta.url)) {
  writeFileSync(to, generate(JSON.parse(readFileSync(from, "utf8"))));
}
