// Writes docs/reference/asvs.md from the requirements and the annotations of tests; fails when they do not fit together.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readAnnotations } from './asvs/annotations.ts'
import { asvsPage, PAGE, problemsOf } from './asvs/page.ts'
import { readChapters } from './asvs/requirements.ts'

const root = join(import.meta.dirname, '..')
const chapters = readChapters()
const shown = readAnnotations(root)
const problems = problemsOf(chapters, shown, root)
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1
writeFileSync(join(root, PAGE), asvsPage(chapters, shown))
