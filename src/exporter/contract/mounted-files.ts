/** Where the operator mounts an exporter's configuration, and where commands in its pod find it. */
export const CONFIG_DIRECTORY = '/etc/deepflow-kafka-exporter/config';

/** Key of the configuration in its ConfigMap, and so its file name in the pod. */
export const CONFIG_FILE = 'config.yaml';

/** Where the operator mounts the service-account token of a pod that logs in to Kafka with it. */
export const TOKEN_DIRECTORY = '/etc/deepflow-kafka-exporter/token';

/** Name of the token's file. The kubelet replaces the token before it expires. */
export const TOKEN_FILE = 'token';

/** Where the operator mounts the files named in `CREDENTIAL_FILES`. */
export const CREDENTIALS_DIRECTORY = '/etc/deepflow-kafka-exporter/credentials';
