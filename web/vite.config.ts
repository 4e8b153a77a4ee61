import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** The server renders the pages and names the built files by the manifest; nothing is inlined, so that the policy needs no exception. */
export default defineConfig({
  base: '/app/',
  plugins: [react()],
  build: {
    outDir: 'dist',
    manifest: true,
    target: 'baseline-widely-available',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      input: { account: 'src/account/main.tsx', admin: 'src/admin/main.tsx', 'sign-in': 'src/sign-in/main.ts' },
    },
  },
})
