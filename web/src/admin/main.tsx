import '@mantine/core/styles.css'
import '../ui/theme.css'
import './console.css'
import { boot, createQueries } from '../boot.tsx'
import { theme } from '../ui/theme.ts'
import { router } from './router.tsx'

await boot(router, createQueries(), theme)
