import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hash as argon2 } from '@node-rs/argon2'
import { hash as bcrypt } from 'bcryptjs'
import { isVerifiableHash } from './foreign-hashes.ts'
import { createPasswords } from './passwords.ts'

const passwords = createPasswords()
const PASSWORD = 'Qwerty123'
const SALT = 'c2FsdHNhbHRzYWx0'

/** Of `Qwerty123` with the salt `saltsaltsalt`, made by Python's hashlib. */
const recorded = {
  "Django's scrypt":
    'scrypt$16384$saltsaltsalt$8$1$h1YQWNm5bhMVu1zLSS9BThYa9egdO6zW0s8Ttwmjm2CZ/2aM+YW5DEtHCphXVBoDqAXJMIvKsnwx79bFkxFMYg==',
  "Werkzeug's scrypt":
    'scrypt:16384:8:1$saltsaltsalt$87561058d9b96e1315bb5ccb492f414e161af5e81d3bacd6d2cf13b709a39b6099ff668cf985b90c4b470a9857541a03a805c9308bcab27c31efd6c593114c62',
  'scrypt as a PHC string': `$scrypt$ln=14,r=8,p=1$${SALT}$h1YQWNm5bhMVu1zLSS9BThYa9egdO6zW0s8Ttwmjm2A`,
  "Django's PBKDF2 with SHA-1": 'pbkdf2_sha1$1000$saltsaltsalt$bBlOEXlK1Y0O2HA8Aoi8jnvJAKI=',
  "Django's PBKDF2 with SHA-256": 'pbkdf2_sha256$1000$saltsaltsalt$dADmbHXhq1iyAIxEIyPnNW8jIFpezU/ocP+MVeclX2o=',
  "Werkzeug's PBKDF2":
    'pbkdf2:sha256:1000$saltsaltsalt$7400e66c75e1ab58b2008c442323e7356f23205a5ecd4fe870ff8c55e7255f6a',
  "passlib's PBKDF2 with SHA-1": `$pbkdf2$1000$${SALT}$bBlOEXlK1Y0O2HA8Aoi8jnvJAKI`,
  "passlib's PBKDF2 with SHA-256": `$pbkdf2-sha256$1000$${SALT}$dADmbHXhq1iyAIxEIyPnNW8jIFpezU/ocP.MVeclX2o`,
  'PBKDF2 with SHA-512 as a PHC string': `$pbkdf2-sha512$i=1000,l=64$${SALT}$Sl1D3NUIzMgb9h73mbEu806vx5fBUJWng+9b4wyog+qnNwc5Z8k2bzPnYEr9fzoNQPZkTsvUVgoMfnGL1Sknxg`,
}

describe('Hashes of other programs', () => {
  test('leave the process free for others while they are compared', async () => {
    const digest = await bcrypt(PASSWORD, 12)
    const before = performance.eventLoopUtilization()
    assert.equal(await passwords.match(digest, PASSWORD), 'outdated')
    const { utilization } = performance.eventLoopUtilization(before)
    assert.ok(utilization < 0.5, `${utilization} of the time it was busy`)
  })

  for (const [name, digest] of Object.entries(recorded)) {
    test(`${name} is verified, and to be made anew`, async () => {
      assert.equal(await passwords.match(digest, PASSWORD), 'outdated')
      assert.equal(await passwords.match(digest, 'Qwerty124'), 'wrong')
    })
  }

  test('bcrypt and argon2 are verified as they are, and as Django writes them', async () => {
    const digests = [await bcrypt(PASSWORD, 4), await argon2(PASSWORD, { memoryCost: 4096, timeCost: 1, algorithm: 1 })]
    const [ofBcrypt = '', ofArgon2 = ''] = digests
    for (const digest of [ofBcrypt, ofArgon2, `bcrypt$${ofBcrypt}`, `argon2${ofArgon2}`]) {
      assert.equal(await passwords.match(digest, PASSWORD), 'outdated', digest)
      assert.equal(await passwords.match(digest, 'Qwerty124'), 'wrong', digest)
    }
  })

  test('a password that was hashed as it was typed is right, whatever its characters', async () => {
    const typed = 'cafe\u0301 at dawn'
    assert.equal(await passwords.match(await bcrypt(typed, 4), typed), 'outdated')
    assert.equal(await passwords.match(await argon2(typed, { memoryCost: 4096, timeCost: 1 }), typed), 'outdated')
  })

  const KEY = 'A'.repeat(43)
  for (const [title, digest] of Object.entries({
    'a plain text': 'Qwerty123',
    'an unsalted SHA-256': 'a'.repeat(64),
    'bcrypt of 2 to the power of 15 rounds': `$2b$15$${'a'.repeat(53)}`,
    'argon2 with 256 MiB': `$argon2id$v=19$m=262144,t=1,p=1$${SALT}$${KEY}`,
    'argon2 with 128 MiB and ten passes': `$argon2id$v=19$m=131072,t=10,p=1$${SALT}$${KEY}`,
    'argon2 with less memory than lanes need': `$argon2id$v=19$m=8,t=1,p=4$${SALT}$${KEY}`,
    'scrypt with 1 GiB': `$scrypt$ln=20,r=8,p=1$${SALT}$${KEY}`,
    'scrypt with many lanes': `$scrypt$ln=14,r=8,p=100$${SALT}$${KEY}`,
    'scrypt whose N is no power of two': `scrypt$16383$salt$8$1$${KEY}=`,
    'PBKDF2 with ten million iterations': `pbkdf2_sha256$10000000$salt$${KEY}=`,
    'PBKDF2 with no iterations': `pbkdf2_sha256$0$salt$${KEY}=`,
    'PBKDF2 whose key is four bytes': 'pbkdf2_sha256$1000$salt$AAAAAA==',
    'PBKDF2 whose key is endless': `pbkdf2:sha256:1000$salt$${'ab'.repeat(65)}`,
    MD5: '$1$salt$qJH7.N4xYta3aEG/dfqo/0',
  })) {
    test(`${title} is not taken, and is nobody's password`, async () => {
      assert.equal(isVerifiableHash(digest), false)
      assert.equal(await passwords.match(digest, PASSWORD), 'wrong')
    })
  }
})
