// The entry of the engine's package warns of every Node that has no LTS name, as Node 26 has none before its day comes, and then
// hands on the first three. The others tell which resource a token will be for, and which key a request showed.
import * as errors from 'oidc-provider/lib/helpers/errors.js'
import * as interactionPolicy from 'oidc-provider/lib/helpers/interaction_policy/index.js'
import resolveResource from 'oidc-provider/lib/helpers/resolve_resource.js'
import validateDpop from 'oidc-provider/lib/helpers/validate_dpop.js'

export { Provider } from 'oidc-provider/lib/provider.js'
export { errors, interactionPolicy, resolveResource, validateDpop }
