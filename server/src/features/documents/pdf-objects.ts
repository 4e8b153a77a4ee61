/** More of an object than an action or the description of a file takes. */
const LENGTH = 4096

/** Texts that objects stand in: of the file between its streams, and of its packed ones. */
export interface ObjectTexts {
  outside: string
  packed: readonly string[]
}

/** What an object of that number may be: all that a reader could take for it, wherever its tables lead. */
export function objectsOf({ outside, packed }: ObjectTexts, number: number): string[] {
  const plain = [...outside.matchAll(new RegExp(`(?<!\\d)0*${number}[\\s\\0]+\\d+[\\s\\0]+obj`, 'g'))].map(
    ({ index, 0: found }) => bodyOf(outside.slice(index + found.length, index + found.length + LENGTH)),
  )
  return [...plain, ...packed.flatMap((text) => packedOf(text, number))]
}

const bodyOf = (text: string): string => (text.split(/endobj/, 1)[0] ?? '').trimStart()

/** Pairs of number and offset stand first, offsets from the first object on (ISO 32000-2, 7.5.7). */
function packedOf(text: string, number: number): string[] {
  const [head = ''] = /^[\s\0\d]*/.exec(text) ?? []
  const integers = head
    .split(/[\s\0]+/)
    .filter((word) => word !== '')
    .map(Number)
  const pairs = integers.flatMap((id, index) => (index % 2 === 0 ? [{ id, offset: integers[index + 1] ?? 0 }] : []))
  return pairs.flatMap(({ id, offset }, index) => {
    if (id !== number) return []
    const end = pairs[index + 1]?.offset ?? offset + LENGTH
    const from = head.length + offset
    return [text.slice(from, Math.min(head.length + Math.max(end, offset), from + LENGTH)).trimStart()]
  })
}
