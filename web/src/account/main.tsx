import '@mantine/core/styles.css'
import '../ui/theme.css'
import './account.css'
import { boot, createQueries } from '../boot.tsx'
import { roomyTheme } from '../ui/theme.ts'
import { router } from './router.tsx'

await boot(router, createQueries(), roomyTheme)
