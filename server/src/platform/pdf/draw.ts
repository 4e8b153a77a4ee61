import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/** Which page of what is to be drawn; the first is 0. None: only to be counted. */
export interface Order {
  content: Uint8Array
  page: number | undefined
}

/** A picture without any format: four bytes a pixel. */
export interface Bitmap {
  data: Uint8Array
  width: number
  height: number
}

/** How many pages there are, and the one that was asked for where there is such a page. */
export interface Drawing {
  pages: number
  picture: Bitmap | undefined
}

/** Milliseconds after which a page counts as one that cannot be drawn. */
const PATIENCE = 15_000

/**
 * Draws a page of a PDF as Chromium would. It happens in a thread that has so much time and memory and no more, in
 * WebAssembly, which reaches nothing outside of itself. Undefined where the content cannot be drawn.
 */
export async function drawPage(order: Order, patience = PATIENCE): Promise<Drawing | undefined> {
  const thread = new Worker(new URL('./draw-thread.ts', import.meta.url), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: 128 },
  })
  const over = new AbortController()
  thread.once('exit', () => over.abort())
  const signal = AbortSignal.any([over.signal, AbortSignal.timeout(patience)])
  try {
    const [drawing]: Drawing[] = await once(thread, 'message', { signal })
    return drawing
  } catch {
    return undefined
  } finally {
    await thread.terminate()
  }
}
