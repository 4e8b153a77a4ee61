// `npm run sbom`: writes the bill of materials of what runs, from package-lock.json alone.
import { writeFileSync } from 'node:fs'
import { billOfMaterials } from './sbom/bom.ts'
import { readLockfile } from './sbom/lockfile.ts'

const [file = 'sbom.cdx.json'] = process.argv.slice(2)
const bill = billOfMaterials(readLockfile(new URL('../package-lock.json', import.meta.url)))
writeFileSync(file, `${JSON.stringify(bill, null, 2)}\n`)
console.log(`wrote ${file}: ${bill.components.length} components`)
