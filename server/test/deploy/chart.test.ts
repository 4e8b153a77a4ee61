import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, describe, type TestContext, test } from 'node:test'
import { AjvCompiler } from '@fastify/ajv-compiler'
import { parse, parseAllDocuments, stringify } from 'yaml'

const CHART = join(import.meta.dirname, '../../../deploy/helm/barong')
const RENDERER = join(import.meta.dirname, 'chart/render.go')
/** Where Debian keeps the sources of Go's packages. */
const GO_PACKAGES = '/usr/share/gocode'

const has = (program: string, word: string): boolean => spawnSync(program, [word]).status === 0
const hasHelm = has('helm', 'version')
const hasGo = has('go', 'version') && existsSync(join(GO_PACKAGES, 'src/github.com/Masterminds/sprig'))

interface Manifest {
  kind: string
  metadata: { name: string; labels: Record<string, string> }
  // biome-ignore lint/suspicious/noExplicitAny: each kind has a form of its own
  spec: any
  data?: Record<string, string>
}

describe('The chart', () => {
  const folder = mkdtempSync(join(tmpdir(), 'barong-chart-'))
  after(() => rmSync(folder, { recursive: true, force: true }))

  function render(change: (values: ReturnType<typeof parse>) => void = () => {}): Map<string, Manifest> {
    const values = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8'))
    change(values)
    const file = join(folder, 'values.yaml')
    writeFileSync(file, stringify(values))
    const [program, args] = hasHelm
      ? ['helm', ['template', 'barong', CHART, '--values', file]]
      : ['go', ['run', RENDERER, CHART, file]]
    const env = { ...process.env, GO111MODULE: 'off', GOPATH: GO_PACKAGES, GOCACHE: join(folder, 'cache'), GOFLAGS: '' }
    const text = String(execFileSync(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] }))
    const documents = parseAllDocuments(text).map((document) => {
      assert.deepEqual(document.errors, [])
      return document.toJS()
    })
    return new Map(documents.filter((document) => document !== null).map((document) => [document.kind, document]))
  }
  const renders = (title: string, check: (t: TestContext) => void) =>
    test(title, (t) => {
      if (!hasHelm && !hasGo) return t.skip('NEITHER HELM NOR GO WITH SPRIG IS INSTALLED: the chart was not rendered')
      return check(t)
    })

  test('takes the values it comes with, and none that are misspelt or of the wrong kind', () => {
    const customOptions = {
      coerceTypes: false,
      removeAdditional: false,
      useDefaults: false,
      allErrors: true,
      allowUnionTypes: true,
    } as const
    const schema: unknown = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8'))
    const validate = AjvCompiler()({}, { customOptions })({ schema })
    const mistakes = (change: (values: ReturnType<typeof parse>) => void) => {
      const values = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8'))
      change(values)
      validate(values)
      return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
    }
    assert.deepEqual(
      mistakes(() => {}),
      [],
    )
    const wrong = mistakes((values) => {
      values.replicas = 'two'
      values.url = 'id.example.com'
      values.settings.smtp_address = 'smtp.example.com'
      values.ingres = { enabled: true }
    })
    assert.deepEqual(wrong.sort(), [
      ' must NOT have additional properties',
      '/replicas must be integer',
      '/settings must match pattern "^[A-Z][A-Z0-9_]*$"',
      '/settings property name must be valid',
      '/url must match pattern "^https?://[^/]+$"',
    ])
  })

  test('names its release, its application and what it runs on as Helm wants it', () => {
    const chart = parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8'))
    const { version } = JSON.parse(readFileSync(join(CHART, '../../../package.json'), 'utf8'))
    assert.deepEqual([chart.apiVersion, chart.type, chart.name], ['v2', 'application', basename(CHART)])
    assert.deepEqual([chart.version, chart.appVersion], [version, version])
    assert.match(chart.kubeVersion, /^>=1\.\d+\.0-0$/)
  })

  test('passes helm lint', (t) => {
    if (!hasHelm)
      return t.skip('HELM IS NOT INSTALLED: the chart was rendered and checked against its schema, but not linted')
    execFileSync('helm', ['lint', '--strict', CHART])
  })

  renders('runs as nobody, on a file system it cannot write to, and leaves in peace', () => {
    const manifests = render()
    assert.deepEqual([...manifests.keys()].sort(), ['ConfigMap', 'Deployment', 'PodDisruptionBudget', 'Service'])
    const deployment = manifests.get('Deployment')
    const pod = deployment?.spec.template.spec
    const [container] = pod.containers
    assert.equal(deployment?.spec.replicas, 2)
    assert.deepEqual([pod.securityContext.runAsNonRoot, container.securityContext.readOnlyRootFilesystem], [true, true])
    assert.deepEqual(container.securityContext.capabilities, { drop: ['ALL'] })
    assert.ok(pod.terminationGracePeriodSeconds > 60)
    assert.deepEqual(deployment?.spec.selector.matchLabels, deployment?.spec.template.metadata.labels)
    assert.deepEqual(manifests.get('Service')?.spec.selector, deployment?.spec.selector.matchLabels)
    assert.equal(manifests.get('ConfigMap')?.data?.['BARONG_URL'], 'https://id.example.com')
    assert.deepEqual(container.envFrom[1], { secretRef: { name: 'barong' } })
  })

  renders(
    'lets nobody keep anything in a pod by mistake, hash more at once than there is memory for, or end a busy process',
    () => {
      const manifests = render()
      const [container] = manifests.get('Deployment')?.spec.template.spec.containers ?? []
      assert.deepEqual(container.env, [
        { name: 'DATABASE_URL', valueFrom: { secretKeyRef: { name: 'barong', key: 'DATABASE_URL' } } },
      ])
      for (const STORAGE_PROVIDER of ['local', 'Local', undefined])
        assert.throws(
          () =>
            render((values) => {
              values.settings.STORAGE_PROVIDER = STORAGE_PROVIDER
            }),
          /STORAGE_PROVIDER must name a bucket/,
        )
      const threads = Number(manifests.get('ConfigMap')?.data?.['UV_THREADPOOL_SIZE'])
      const mebibytes = Number(/^(\d+)Mi$/.exec(container.resources.limits.memory)?.[1])
      // What is left holds a process and a page of a PDF that is drawn.
      assert.ok(threads > 2 && (threads - 2) * 19 + 400 < mebibytes, `${threads} threads in ${mebibytes} MiB`)
      for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'])
        assert.ok(container[probe].timeoutSeconds > 1)
    },
  )

  renders('leads from outside, grows and is scraped when that is asked for', () => {
    const manifests = render((values) => {
      for (const part of ['ingress', 'autoscaling', 'serviceMonitor']) values[part].enabled = true
      values.config = 'my-config'
    })
    const ingress = manifests.get('Ingress')
    assert.deepEqual(ingress?.spec.tls, [{ hosts: ['id.example.com'], secretName: 'id-example-com-tls' }])
    assert.equal(manifests.get('Deployment')?.spec.replicas, undefined)
    assert.equal(manifests.get('HorizontalPodAutoscaler')?.spec.maxReplicas, 10)
    assert.deepEqual(manifests.get('ServiceMonitor')?.spec.endpoints, [
      { port: 'metrics', path: '/metrics', interval: '30s' },
    ])
    const volumes: object[] = manifests.get('Deployment')?.spec.template.spec.volumes ?? []
    assert.deepEqual(volumes.at(-1), { name: 'config', configMap: { name: 'my-config' } })
  })

  renders('hands numbers on as they are written, and refuses settings that it sees to itself', () => {
    const manifests = render((values) => {
      Object.assign(values.settings, {
        SESSION_ABSOLUTE_LIFETIME: 2592000,
        OTEL_TRACES_SAMPLER_ARG: 0.1,
        SKIP_EMAILS: false,
      })
      values.url = 'https://id.example.com:8443'
      values.ingress.enabled = true
    })
    const { SESSION_ABSOLUTE_LIFETIME, OTEL_TRACES_SAMPLER_ARG, SKIP_EMAILS, SMTP_ADDRESS } =
      manifests.get('ConfigMap')?.data ?? {}
    assert.deepEqual(
      [SESSION_ABSOLUTE_LIFETIME, OTEL_TRACES_SAMPLER_ARG, SKIP_EMAILS, SMTP_ADDRESS],
      ['2592000', '0.1', 'false', 'smtp.example.com'],
    )
    assert.equal(manifests.get('Ingress')?.spec.rules[0].host, 'id.example.com', 'hosts of an Ingress have no port')
    for (const name of ['PORT', 'METRICS_PORT', 'BARONG_URL'])
      assert.throws(
        () =>
          render((values) => {
            values.settings[name] = '8080'
          }),
        new RegExp(`settings.${name} is not for settings`),
      )
  })

  renders('waits for migrations of large tables, and spreads over the nodes there are', () => {
    const pod = render().get('Deployment')?.spec.template.spec
    const { periodSeconds, failureThreshold } = pod.containers[0].startupProbe
    assert.ok(periodSeconds * failureThreshold >= 1800, 'a migration that is cut off begins anew')
    assert.deepEqual(
      pod.topologySpreadConstraints[0].labelSelector.matchLabels,
      render().get('Deployment')?.spec.selector.matchLabels,
    )
  })

  renders('gives everything names and labels that Kubernetes takes', () => {
    const manifests = render((values) => {
      for (const part of ['ingress', 'autoscaling', 'serviceMonitor', 'networkPolicy']) values[part].enabled = true
      values.serviceAccount.create = true
    })
    assert.equal(manifests.size, 9)
    for (const { metadata } of manifests.values()) {
      assert.match(metadata.name, /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/)
      for (const label of Object.values(metadata.labels)) assert.match(label, /^[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/)
    }
  })

  renders('lets in and out whom it is told to, and runs as an account with a role', () => {
    const prometheus = [{ namespaceSelector: { matchLabels: { name: 'monitoring' } } }]
    const egress = [{ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ protocol: 'TCP', port: 5432 }] }]
    const manifests = render((values) => {
      Object.assign(values.networkPolicy, { enabled: true, metricsFrom: prometheus, egress })
      Object.assign(values.serviceAccount, { create: true, annotations: { 'example.com/role': 'bucket' } })
    })
    const { podSelector, policyTypes, ...rules } = manifests.get('NetworkPolicy')?.spec ?? {}
    assert.deepEqual(podSelector, { matchLabels: manifests.get('Deployment')?.spec.selector.matchLabels })
    assert.deepEqual(policyTypes, ['Ingress', 'Egress'])
    assert.deepEqual(rules.ingress, [
      { ports: [{ protocol: 'TCP', port: 'http' }] },
      { ports: [{ protocol: 'TCP', port: 'metrics' }], from: prometheus },
    ])
    assert.deepEqual(rules.egress, [
      {
        ports: [
          { protocol: 'UDP', port: 53 },
          { protocol: 'TCP', port: 53 },
        ],
      },
      ...egress,
    ])
    const pod = manifests.get('Deployment')?.spec.template.spec
    assert.equal(pod.serviceAccountName, manifests.get('ServiceAccount')?.metadata.name)
    const from = [{ podSelector: {} }]
    const narrow = render((values) => {
      Object.assign(values.networkPolicy, { enabled: true, from })
      values.serviceAccount.name = 'mine'
    })
    assert.deepEqual(narrow.get('NetworkPolicy')?.spec.policyTypes, ['Ingress'])
    assert.deepEqual(narrow.get('NetworkPolicy')?.spec.ingress, [{ ports: [{ protocol: 'TCP', port: 'http' }], from }])
    assert.deepEqual(
      [narrow.has('ServiceAccount'), narrow.get('Deployment')?.spec.template.spec.serviceAccountName],
      [false, 'mine'],
    )
  })

  renders('takes what an operator adds to pods, services and what watches them', () => {
    const zone = { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'DoNotSchedule' }
    const pgssl = { name: 'PGSSLROOTCERT', value: '/ca/ca.pem' }
    const manifests = render((values) => {
      Object.assign(values, {
        extraEnv: [pgssl],
        extraVolumes: [{ name: 'ca', secret: { secretName: 'ca' } }],
        extraVolumeMounts: [{ name: 'ca', mountPath: '/ca', readOnly: true }],
        podLabels: { team: 'identity' },
        podAnnotations: { 'example.com/scan': 'yes' },
        priorityClassName: 'high',
        topologySpreadConstraints: [zone],
        startTimeout: 600,
        podSecurityContext: { runAsNonRoot: true },
        securityContext: { readOnlyRootFilesystem: true },
      })
      Object.assign(values.disruptionBudget, { maxUnavailable: '50%' })
      Object.assign(values.service, { type: 'LoadBalancer', annotations: { 'example.com/internal': 'yes' } })
      Object.assign(values.serviceMonitor, { enabled: true, interval: '15s', labels: { release: 'prometheus' } })
    })
    const { metadata, spec: pod } = manifests.get('Deployment')?.spec.template ?? {}
    const [container] = pod.containers
    assert.deepEqual([metadata.labels.team, metadata.annotations['example.com/scan']], ['identity', 'yes'])
    assert.ok(metadata.annotations['checksum/settings'])
    assert.deepEqual([container.env[1], pod.priorityClassName], [pgssl, 'high'])
    assert.deepEqual([container.volumeMounts.at(-1).mountPath, pod.volumes.at(-1).name], ['/ca', 'ca'])
    assert.deepEqual(pod.topologySpreadConstraints, [zone])
    assert.equal(container.startupProbe.failureThreshold, 300)
    assert.deepEqual(
      [pod.securityContext, container.securityContext],
      [{ runAsNonRoot: true }, { readOnlyRootFilesystem: true }],
    )
    assert.equal(manifests.get('PodDisruptionBudget')?.spec.maxUnavailable, '50%')
    assert.equal(manifests.get('Service')?.spec.type, 'LoadBalancer')
    assert.equal(manifests.get('ServiceMonitor')?.metadata.labels['release'], 'prometheus')
    assert.deepEqual(manifests.get('ServiceMonitor')?.spec.endpoints, [
      { port: 'metrics', path: '/metrics', interval: '15s' },
    ])
    const none = render((values) => {
      values.disruptionBudget.enabled = false
    })
    assert.equal(none.has('PodDisruptionBudget'), false)
  })

  renders('says what is missing without a Secret', () => {
    assert.throws(
      () =>
        render((values) => {
          values.secret = ''
        }),
      /secret names a Secret with BARONG_MASTER_KEY/,
    )
  })
})
