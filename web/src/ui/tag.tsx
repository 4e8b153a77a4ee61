import type { ReactNode } from 'react'

type Tone = 'good' | 'bad' | 'warm' | 'quiet'

/** A word about the state of something; its colours are those of the tokens. */
export const Tag = ({ tone, children }: { tone: Tone; children: ReactNode }) => (
  <span className="tag" data-tone={tone}>
    {children}
  </span>
)
