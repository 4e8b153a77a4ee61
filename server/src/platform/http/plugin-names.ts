import type { FastifyInstance } from 'fastify'

const NAME = Symbol.for('fastify.display-name')

/**
 * Gives each plugin that is registered afterwards a name. Fastify looks for the name of one that has none among all modules
 * of the process, twice, and then in its text; routes are plugins in dozens, and that would be a tenth of the start.
 */
export function namePlugins(http: FastifyInstance): void {
  http.register = new Proxy(http.register, {
    apply: (register, instance, args) => {
      const plugin: unknown = args[0]
      if (typeof plugin === 'function' && !(NAME in plugin)) {
        const value = plugin.name || 'routes'
        Object.defineProperties(plugin, { name: { value }, [NAME]: { value } })
      }
      return Reflect.apply(register, instance, args)
    },
  })
}
