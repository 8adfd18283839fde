// Predicts rows with ONNX Runtime: node run.mjs MODEL ROWS FEATURES OUTPUT
// ROWS and OUTPUT are bare little-endian floats, row after row.
import { readFileSync, writeFileSync } from "node:fs";
import { InferenceSession, Tensor } from "onnxruntime-node";

const [model, rowsFile, featuresText, output] = process.argv.slice(2);
const features = Number(featuresText);
const bytes = readFileSync(rowsFile);
const rows = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
const session = await InferenceSession.create(model, { intraOpNumThreads: 1 });
const input = new Tensor("float32", rows, [rows.length / features, features]);
const { predictions } = await session.run({ features: input });
writeFileSync(output, new Uint8Array(predictions.data.buffer, predictions.data.byteOffset,
                                     predictions.data.byteLength));
