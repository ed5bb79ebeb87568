// What is generated is what is there, and it says what the description says.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const at = (path: string) => new URL(`../../${path}`, import.meta.url);

test("the types are those of the description", async () => {
  const { generate } = (await import(at("scripts/generate.mjs").href)) as { generate: (document: unknown) => string };
  const golden: unknown = JSON.parse(await readFile(at("../../docs/openapi.json"), "utf8"));
  const types = await readFile(at("src/types.ts"), "utf8");
  assert.ok(types === generate(golden), "src/types.ts is out of date; hint: npm run generate");
});

test("a schema of a kind that is not known is no type", async () => {
  const { generate } = (await import(at("scripts/generate.mjs").href)) as { generate: (document: unknown) => string };
  const document = { components: { schemas: { Odd: { type: "tuple" } } }, paths: {} };
  assert.throws(() => generate(document), /tuple/);
});
