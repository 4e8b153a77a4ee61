export { importAccounts } from './account-files.ts'
export { exportAccounts } from './export.ts'
export type { Report } from './report.ts'
