// The Runtime API's client for aws-lambda-ric: next(), done() and error() over one connection. done() and error() return when the request is
// on its way; its order is kept, and an error is in the kernel's hands before the process may exit.
"use strict";
const net = require("node:net");
const fs = require("node:fs");

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const base = "/2018-06-01/runtime/invocation/";

let socket = null;
let connected = false;
let received = Buffer.alloc(0);
const expected = [];   // who waits for the answers to come, in order

function lost(error) {
  const waiting = expected.splice(0);
  socket = null;
  connected = false;
  received = Buffer.alloc(0);
  for (const w of waiting) w.reject?.(error);
}

function connect() {
  socket = net.connect({ host, port: Number(port), noDelay: true });
  const own = socket;
  own.on("connect", () => { connected = true; });
  own.on("data", (piece) => { if (own === socket) take(piece); });
  own.on("error", (error) => { if (own === socket) lost(error); });
  own.on("close", () => { if (own === socket) lost(new Error("The Runtime API closed the connection")); });
}

function take(piece) {
  received = received.length ? Buffer.concat([received, piece]) : piece;
  for (;;) {
    const end = received.indexOf("\r\n\r\n");
    if (end < 0) return;
    const lines = received.toString("latin1", 0, end).split("\r\n");
    const headers = {};
    for (let i = 1; i < lines.length; i++) {
      const colon = lines[i].indexOf(":");
      headers[lines[i].slice(0, colon).toLowerCase()] = Buffer.from(lines[i].slice(colon + 1).trim(), "latin1").toString("utf8");
    }
    const length = Number(headers["content-length"] ?? 0);
    if (received.length < end + 4 + length) return;
    const body = received.toString("utf8", end + 4, end + 4 + length);
    received = received.subarray(end + 4 + length);
    const status = Number(lines[0].split(" ")[1]);
    const waiting = expected.shift();
    if (expected.length === 0) socket?.unref();
    waiting?.resolve?.({ status, headers, body });
  }
}

function send(head, body, now) {
  if (!socket || socket.destroyed) connect();
  socket.ref();
  const bytes = body === undefined ? Buffer.from(head, "latin1") : Buffer.concat([Buffer.from(head, "latin1"), body]);
  if (!now || !connected || socket.writableLength > 0) return socket.write(bytes);
  for (let at = 0; at < bytes.length;) {
    try {
      at += fs.writeSync(socket._handle.fd, bytes, at);
    } catch (error) {
      if (error.code !== "EAGAIN") return socket.write(bytes.subarray(at));
    }
  }
}

function post(path, text, fields, now) {
  const body = Buffer.from(text, "utf8");
  expected.push({
    resolve: (answer) => {
      if (answer.status !== 202) console.error(`Failed to post the outcome of an invocation: HTTP ${answer.status} ${answer.body}`);
    },
  });
  send(`POST ${base}${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nContent-Type: application/json\r\n${fields}Content-Length: ${body.length}\r\n\r\n`, body, now);
}

function clean(text) {
  return Buffer.from(String(text), "utf8").toString("latin1").replace(/[\r\n\0]/g, " ");
}

module.exports = {
  initializeClient() {},
  next() {
    return new Promise((resolve, reject) => {
      expected.push({
        resolve: (answer) => {
          if (answer.status !== 200) return reject(new Error(`Failed to get the next invocation: HTTP ${answer.status} ${answer.body}`));
          resolve({ bodyJson: answer.body, headers: answer.headers });
        },
        reject,
      });
      send(`GET ${base}next HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`);
    });
  },
  done(id, text) {
    post(`${id}/response`, text, "", false);
  },
  error(id, text, xray) {
    let type = "Unhandled";
    try {
      type = JSON.parse(text).errorType ?? type;
    } catch {
      // not a document: the type stays
    }
    post(`${id}/error`, text, `Lambda-Runtime-Function-Error-Type: ${clean(type)}\r\n${xray && xray.length < 60000 ? `Lambda-Runtime-Function-XRay-Error-Cause: ${clean(xray)}\r\n` : ""}`, true);
  },
};
