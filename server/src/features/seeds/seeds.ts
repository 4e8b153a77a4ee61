export { type Planted, plantSeeds } from './planting.ts'
export { readSeedFile, type SeedFile, SeedFileError } from './seed-file.ts'
export { trySeeds } from './trial.ts'
