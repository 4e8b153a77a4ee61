import {
  type ConnectionProvider,
  type DatabaseConnection,
  DefaultQueryExecutor,
  type Dialect,
  Kysely,
  type KyselyProps,
  type QueryCompiler,
  Transaction,
  TransactionBuilder,
} from 'kysely'
import { type Direct, directOf, runDirectly } from './direct.ts'
import type { Tables } from './schema.ts'

/**
 * A database whose transactions begin and end without Kysely's layers, which cost as much as the statements of a short one.
 * Queries in them are built and run as ever, and the prepared ones run directly.
 */
export class DirectDatabase extends Kysely<Tables> {
  readonly #props: KyselyProps
  readonly #compiler: QueryCompiler

  constructor(dialect: Dialect) {
    super({ dialect })
    this.#props = { config: { dialect }, dialect, driver: dialect.createDriver(), executor: this.getExecutor() }
    this.#compiler = dialect.createQueryCompiler()
  }

  override transaction(): TransactionBuilder<Tables> {
    const direct = directOf(this)
    return direct ? new DirectTransactions(this.#props, this.#compiler, direct) : super.transaction()
  }
}

class DirectTransactions extends TransactionBuilder<Tables> {
  readonly #props: KyselyProps
  readonly #compiler: QueryCompiler
  readonly #direct: Direct

  constructor(props: KyselyProps, compiler: QueryCompiler, direct: Direct) {
    super(props)
    this.#props = props
    this.#compiler = compiler
    this.#direct = direct
  }

  override async execute<T>(callback: (tx: Transaction<Tables>) => Promise<T>): Promise<T> {
    const { connection, commit, rollback } = await this.#direct.begin()
    const writing: Promise<unknown>[] = []
    try {
      const tx = this.#transactionOver(connection)
      runDirectly(tx, { connection, writing })
      const result = await callback(tx)
      await commit(writing)
      return result
    } catch (error) {
      await rollback()
      // After a write that failed PostgreSQL refuses whatever follows; why, only that one tells.
      const outcomes = await Promise.allSettled(writing)
      throw outcomes.find((outcome) => outcome.status === 'rejected')?.reason ?? error
    }
  }

  #transactionOver(connection: DatabaseConnection): Transaction<Tables> {
    const provider: ConnectionProvider = { provideConnection: (use) => use(connection) }
    const executor = new DefaultQueryExecutor(this.#compiler, this.#props.executor.adapter, provider)
    return new Transaction({ ...this.#props, executor })
  }
}
