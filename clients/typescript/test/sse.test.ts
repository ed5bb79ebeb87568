// Server-sent events arrive in pieces of any size.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Parser, pieces, type Sent } from "../src/sse.js";

const SENT = ': still here\n\nid: 1\ndata: {"a":1}\n\nid: 2\r\ndata: two\r\ndata: lines\r\n\r\ndata\n\nid: 3\ndata:  x\n\n';
const TOLD: Sent[] = [
  { id: "1", data: '{"a":1}' },
  { id: "2", data: "two\nlines" },
  { id: "2", data: "" },
  { id: "3", data: " x" },
];

test("however it is cut, the same is heard", () => {
  for (let size = 1; size <= SENT.length; size++) {
    const parser = new Parser();
    const heard: Sent[] = [];
    for (let at = 0; at < SENT.length; at += size) heard.push(...parser.push(SENT.slice(at, at + size)));
    assert.deepEqual(heard, TOLD, `in pieces of ${size}`);
  }
});

test("what is not complete is not told", () => {
  assert.deepEqual(new Parser().push("id: 1\ndata: half\n"), []);
});

test("a stream that says nothing is given up", async () => {
  const body = new ReadableStream<Uint8Array>();
  await assert.rejects(async () => {
    for await (const _ of pieces(body, 5));
  }, /silent/);
});
