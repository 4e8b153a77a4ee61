// Draws one page of one PDF, in a thread of its own that ends with it: see draw.ts.
import { parentPort, workerData } from 'node:worker_threads'
import { PDFiumLibrary } from '@hyzyla/pdfium'
import type { Drawing, Order } from './draw.ts'

/** Pixels of the longer side: an A4 page at 200 to the inch. */
const LONGEST = 2400
/** Small pages are not drawn larger than this many times. */
const LARGEST_SCALE = 4
/** What drawing may take, beside which a process of 512 MiB goes on; a page that wants more is made to. */
const MEMORY = 192 * 1024 * 1024
const WASM_PAGE = 65_536

/** What this file touches of WebAssembly, whose types come with those of browsers only. */
interface WasmMemory {
  buffer: ArrayBuffer
  grow(more: number): number
}
declare const WebAssembly: { Memory: { prototype: WasmMemory } }

const { content, page }: Order = workerData

limitMemory()
parentPort?.postMessage(await draw())

async function draw(): Promise<Drawing> {
  const document = await (await PDFiumLibrary.init()).loadDocument(content)
  const pages = document.getPageCount()
  if (page === undefined || page >= pages) return { pages, picture: undefined }
  const one = document.getPage(page)
  const { originalWidth, originalHeight } = one.getOriginalSize()
  const scale = Math.min(LARGEST_SCALE, LONGEST / Math.max(originalWidth, originalHeight))
  const { data, width, height } = await one.render({ render: 'bitmap', scale, renderFormFields: true })
  return { pages, picture: { data, width, height } }
}

/** The library asks for memory by this one function. */
function limitMemory(): void {
  const { grow } = WebAssembly.Memory.prototype
  WebAssembly.Memory.prototype.grow = function (this: WasmMemory, more: number) {
    if (this.buffer.byteLength + more * WASM_PAGE > MEMORY) throw new RangeError('The page takes too much memory.')
    return grow.call(this, more)
  }
}
