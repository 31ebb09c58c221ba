/** What is tested, the oldest first. One more is one more line; go.sum grows when it is compiled for the first time. */
export const KUBERNETES_VERSIONS = [
  '1.30.14',
  '1.31.14',
  '1.32.13',
  '1.33.13',
  '1.34.2',
  '1.35.4',
  '1.36.3',
  '1.37.2',
] as const;

/** See {@link KUBERNETES_VERSIONS}. */
export type KubernetesVersion = (typeof KUBERNETES_VERSIONS)[number];

/** What runs where nobody asks for another. */
export const DEFAULT_KUBERNETES_VERSION: KubernetesVersion = '1.34.2';
