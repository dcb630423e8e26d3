// @vladmandic/human on Node: its own detector, mesh and description network, in WebAssembly with SIMD.
import cluster from 'node:cluster';
import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';

const [port, workers] = [Number(process.argv[2]), Number(process.argv[3])];

if (cluster.isPrimary) {
  process.on('SIGTERM', () => process.exit(0));
  for (let worker = 0; worker < workers; worker += 1) cluster.fork();
  cluster.on('exit', () => process.exit(1));
} else {
  await serve();
}

async function serve() {
  // The weights are read from the package; nothing is fetched.
  const require = createRequire(import.meta.url);
  const fetchRemote = globalThis.fetch;
  globalThis.fetch = async (url, options) => {
    const file = String(url).replace(/^file:\/\//, '');
    return String(url).startsWith('file://') ? new Response(fs.readFileSync(file)) : fetchRemote(url, options);
  };
  const tf = require('@tensorflow/tfjs');
  const wasm = require('@tensorflow/tfjs-backend-wasm');
  const packages = path.join(import.meta.dirname, 'node_modules');
  wasm.setWasmPaths(`${packages}/@tensorflow/tfjs-backend-wasm/dist/`);
  wasm.setThreadsCount(1);
  await tf.setBackend('wasm');
  await tf.ready();
  // By its file: the package does not name it among its exports.
  const { Human } = require(`${packages}/@vladmandic/human/dist/human.node-wasm.js`);
  const models = `${packages}/@vladmandic/human/models`;
  const off = { enabled: false };
  const human = new Human({
    backend: 'wasm',
    modelBasePath: `file://${models}/`,
    cacheSensitivity: 0,
    filter: off,
    face: { enabled: true, detector: { rotation: true }, mesh: { enabled: true }, iris: off, emotion: off, description: { enabled: true } },
    body: off,
    hand: off,
    object: off,
    gesture: off,
  });
  await human.load();
  const jpeg = require('jpeg-js');
  let queue = Promise.resolve();
  http
    .createServer((request, response) => {
      const parts = [];
      request.on('data', (part) => parts.push(part));
      request.on('end', () => {
        queue = queue.then(async () => {
          const answer = await embed(Buffer.concat(parts)).catch((error) => ({ status: 500, body: { error: String(error) } }));
          response.writeHead(answer.status, { 'content-type': 'application/json' });
          response.end(JSON.stringify(answer.body));
        });
      });
    })
    .listen(port, '127.0.0.1');

  async function embed(body) {
    const file = Buffer.from(JSON.parse(body).image, 'base64');
    const image = jpeg.decode(file, { useTArray: true, formatAsRGBA: false, maxMemoryUsageInMB: 1024 });
    const tensor = tf.tensor4d(image.data, [1, image.height, image.width, 3], 'float32');
    const found = await human.detect(tensor);
    tf.dispose(tensor);
    const face = found.face?.[0];
    return face?.embedding ? { status: 200, body: { embedding: face.embedding } } : { status: 422, body: { error: 'no face' } };
  }
}
