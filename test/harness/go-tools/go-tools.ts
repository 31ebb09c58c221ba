/** A tool that is compiled from Go modules. Its go.mod and go.sum are in `modules/`, in a folder with its name. */
export interface GoTool {
  readonly version: string;
  /** The packages of programs by their file names; `.` is the main.go of the folder. */
  readonly programs: Readonly<Record<string, string>>;
  /** Files that are kept beside the programs, such as CRDs: paths in a module, by the module. */
  readonly files: Readonly<Record<string, readonly string[]>>;
  /** Go's build tags. Absent: none. */
  readonly tags?: readonly string[];
}

/** The tools that people install and operate KafkaExporters with. One more is one more entry and a folder. */
export const GO_TOOLS = {
  helm3: {
    version: '3.22.0',
    programs: { helm: 'helm.sh/helm/v3/cmd/helm' },
    files: {},
  },
  helm4: {
    version: '4.3.1',
    programs: { helm: 'helm.sh/helm/v4/cmd/helm' },
    files: {},
  },
  'source-controller': {
    version: '1.9.6',
    programs: { 'source-controller': 'github.com/fluxcd/source-controller' },
    files: { 'github.com/fluxcd/source-controller': ['config/crd/bases'] },
  },
  'kustomize-controller': {
    version: '1.9.6',
    programs: { 'kustomize-controller': 'github.com/fluxcd/kustomize-controller' },
    files: { 'github.com/fluxcd/kustomize-controller': ['config/crd/bases'] },
  },
  argocd: {
    version: '3.5.7',
    programs: { argocd: 'github.com/argoproj/argo-cd/v3/cmd' },
    files: {
      'github.com/argoproj/argo-cd/v3': ['manifests/crds', 'hack/git-verify-wrapper.sh'],
    },
  },
  'cert-manager': {
    version: '1.21.2',
    programs: { 'cert-manager': '.' },
    files: { 'github.com/cert-manager/cert-manager': ['deploy/crds'] },
  },
  actionlint: {
    version: '1.7.12',
    programs: { actionlint: 'github.com/rhysd/actionlint/cmd/actionlint' },
    files: {},
  },
  // Grafana's own schema of dashboards.
  'grafana-dashboard': {
    version: '0.0.22',
    programs: { 'grafana-dashboard': '.' },
    files: {},
  },
  krew: {
    version: '0.4.3',
    programs: { krew: 'sigs.k8s.io/krew/cmd/krew' },
    files: {},
  },
  kubeconform: {
    version: '0.8.0',
    programs: { kubeconform: 'github.com/yannh/kubeconform/cmd/kubeconform' },
    files: {},
  },
  // Argo CD calls it.
  kustomize: {
    version: '5.8.1',
    programs: { kustomize: 'sigs.k8s.io/kustomize/kustomize/v5' },
    files: {},
  },
  'prometheus-operator': {
    version: '0.85.0',
    programs: { operator: 'github.com/prometheus-operator/prometheus-operator/cmd/operator' },
    files: {
      'github.com/prometheus-operator/prometheus-operator': ['example/prometheus-operator-crd'],
    },
  },
  // Of the ways to find targets it has Kubernetes, files and HTTP: the others are many, and take minutes to compile.
  prometheus: {
    version: '3.16.0',
    programs: {
      prometheus: 'github.com/prometheus/prometheus/cmd/prometheus',
      promtool: 'github.com/prometheus/prometheus/cmd/promtool',
    },
    files: {},
    tags: ['remove_all_sd', 'enable_kubernetes_sd'],
  },
  sops: {
    version: '3.13.3',
    programs: { sops: 'github.com/getsops/sops/v3/cmd/sops' },
    files: {},
  },
  'sealed-secrets': {
    version: '0.40.0',
    programs: {
      controller: 'github.com/bitnami/sealed-secrets/cmd/controller',
      kubeseal: 'github.com/bitnami/sealed-secrets/cmd/kubeseal',
    },
    files: { 'github.com/bitnami/sealed-secrets': ['helm/sealed-secrets/crds'] },
  },
} as const satisfies Readonly<Record<string, GoTool>>;

/** See {@link GO_TOOLS}. */
export type GoToolName = keyof typeof GO_TOOLS;
