// Times ONNX Runtime on rows one by one and in batches of 1,000, one thread:
// node latency.mjs MODEL ROWS FEATURES -> {"p50_us":…,"p95_us":…,"batch_rows_s":…}
import { readFileSync } from "node:fs";
import { InferenceSession, Tensor } from "onnxruntime-node";

const [model, rowsFile, featuresText] = process.argv.slice(2);
const features = Number(featuresText);
const bytes = readFileSync(rowsFile);
const rows = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
const count = rows.length / features;
const session = await InferenceSession.create(model, { intraOpNumThreads: 1 });

const batchOf = (first, n) =>
  ({ features: new Tensor("float32", rows.subarray(first * features, (first + n) * features),
                          [n, features]) });
const timed = async (first, n) => {
  const input = batchOf(first, n);
  const start = process.hrtime.bigint();
  await session.run(input);
  return Number(process.hrtime.bigint() - start) / 1000;
};

const single = [];
for (let i = 0; i < 6000; ++i) single.push(await timed(i % count, 1));
const kept = single.slice(1000).sort((a, b) => a - b);
const batch = [];
for (let i = 0; i < 20; ++i) batch.push(await timed((i * 1000) % (count - 1000), 1000));
batch.sort((a, b) => a - b);
const at = (sorted, share) => sorted[Math.floor(share * (sorted.length - 1))];
console.log(JSON.stringify({ p50_us: at(kept, 0.5), p95_us: at(kept, 0.95),
                             batch_rows_s: 1e9 / at(batch, 0.5) }));
