import type { Recording } from './recordings.ts'

/** What a setting is with us where 1.8.26's value would be refused. */
const ours: Readonly<Record<string, string>> = {
  // Sessions of less than half an hour must be allowed first.
  'JWT_LIFETIME=600': 'JWT_LIFETIME=600 JWT_LIFETIME_MIN=600',
}

/** The settings that variants were recorded with; `same` stands for those of the one before. */
export function settingsOf(): (recording: Recording) => string {
  let last = ''
  return ({ setup }) => {
    if (setup !== undefined && setup !== 'same') last = setup
    return last
      .split(' ')
      .map((setting) => ours[setting] ?? setting)
      .join(' ')
  }
}
