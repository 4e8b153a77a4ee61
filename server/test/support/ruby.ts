import { execFileSync } from 'node:child_process'

/** Whether a program of Ruby runs here. */
function runs(program: string): boolean {
  try {
    execFileSync('ruby', ['-e', program], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Why a test that needs Ruby and its library for JWT cannot run here, or `false`: for the `skip` option of a test. */
export const noRuby: string | false = runs("require 'jwt'")
  ? false
  : 'NOT TESTED: there is no Ruby with its library for JWT. Install the Debian packages ruby and ruby-jwt.'

if (noRuby) process.stderr.write(`\n*** ${noRuby}\n\n`)
