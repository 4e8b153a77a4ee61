import { Box } from '@mantine/core'
import type { ReactNode } from 'react'

/** Something wide that scrolls within the page, from the keyboard as well. */
export const ScrollFrame = ({ children }: { children: ReactNode }) => (
  <Box className="table-frame" tabIndex={0}>
    {children}
  </Box>
)
