// Compares one password with one bcrypt hash, in a thread of its own that ends with it: see bcrypt.ts.
import { parentPort, workerData } from 'node:worker_threads'
import { compareSync } from 'bcryptjs'
import type { Comparison } from './bcrypt.ts'

const { password, digest }: Comparison = workerData
parentPort?.postMessage(compareSync(password, digest))
