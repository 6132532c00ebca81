/** A worker thread of AdamWThreads: computes blocks of each call, sleeps in between. */
import { workerData } from "node:worker_threads";
import { BLOCKS_LEFT, computeBlocks, createKernel, type SharedCall, STOPPED } from "./adamw-kernel.ts";

const call: SharedCall = workerData;
const kernel = createKernel(call.memory);
while (Atomics.load(call.state, BLOCKS_LEFT) !== STOPPED) {
  computeBlocks(kernel, call);
  Atomics.wait(call.state, BLOCKS_LEFT, 0);
}
