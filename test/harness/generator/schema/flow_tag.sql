CREATE TABLE flow_tag.region_map_rows
(
    `id` UInt64,
    `name` String,
    `icon_id` Int64
)
ENGINE = MergeTree
ORDER BY (id);

CREATE DICTIONARY flow_tag.region_map
(
    `id` UInt64,
    `name` String,
    `icon_id` Int64
)
PRIMARY KEY id
SOURCE(CLICKHOUSE(DB 'flow_tag' TABLE 'region_map_rows'))
LAYOUT(FLAT())
LIFETIME(30);

CREATE TABLE flow_tag.az_map_rows
(
    `id` UInt64,
    `name` String,
    `icon_id` Int64,
    `team_id` UInt64,
    `domain_id` UInt64
)
ENGINE = MergeTree
ORDER BY (id);

CREATE DICTIONARY flow_tag.az_map
(
    `id` UInt64,
    `name` String,
    `icon_id` Int64,
    `team_id` UInt64,
    `domain_id` UInt64
)
PRIMARY KEY id
SOURCE(CLICKHOUSE(DB 'flow_tag' TABLE 'az_map_rows'))
LAYOUT(FLAT())
LIFETIME(30);

CREATE TABLE flow_tag.device_map_rows
(
    `devicetype` UInt64,
    `deviceid` UInt64,
    `name` String,
    `icon_id` Int64,
    `uid` String,
    `hostname` String,
    `ip` String,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64
)
ENGINE = MergeTree
ORDER BY (devicetype, deviceid);

CREATE DICTIONARY flow_tag.device_map
(
    `devicetype` UInt64,
    `deviceid` UInt64,
    `name` String,
    `icon_id` Int64,
    `uid` String,
    `hostname` String,
    `ip` String,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64
)
PRIMARY KEY devicetype, deviceid
SOURCE(CLICKHOUSE(DB 'flow_tag' TABLE 'device_map_rows'))
LAYOUT(COMPLEX_KEY_HASHED())
LIFETIME(30);

CREATE TABLE flow_tag.pod_node_map_rows
(
    `id` UInt64,
    `name` String,
    `icon_id` Int64,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64,
    `pod_cluster_id` UInt64
)
ENGINE = MergeTree
ORDER BY (id);

CREATE DICTIONARY flow_tag.pod_node_map
(
    `id` UInt64,
    `name` String,
    `icon_id` Int64,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64,
    `pod_cluster_id` UInt64
)
PRIMARY KEY id
SOURCE(CLICKHOUSE(DB 'flow_tag' TABLE 'pod_node_map_rows'))
LAYOUT(FLAT())
LIFETIME(30);

CREATE TABLE flow_tag.pod_ns_map_rows
(
    `id` UInt64,
    `name` String,
    `icon_id` Int64,
    `pod_cluster_id` UInt64,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64
)
ENGINE = MergeTree
ORDER BY (id);

CREATE DICTIONARY flow_tag.pod_ns_map
(
    `id` UInt64,
    `name` String,
    `icon_id` Int64,
    `pod_cluster_id` UInt64,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64
)
PRIMARY KEY id
SOURCE(CLICKHOUSE(DB 'flow_tag' TABLE 'pod_ns_map_rows'))
LAYOUT(FLAT())
LIFETIME(30);

CREATE TABLE flow_tag.pod_group_map_rows
(
    `id` UInt64,
    `name` String,
    `pod_group_type` UInt64,
    `icon_id` Int64,
    `pod_cluster_id` UInt64,
    `pod_ns_id` UInt64,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64
)
ENGINE = MergeTree
ORDER BY (id);

CREATE DICTIONARY flow_tag.pod_group_map
(
    `id` UInt64,
    `name` String,
    `pod_group_type` UInt64,
    `icon_id` Int64,
    `pod_cluster_id` UInt64,
    `pod_ns_id` UInt64,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64
)
PRIMARY KEY id
SOURCE(CLICKHOUSE(DB 'flow_tag' TABLE 'pod_group_map_rows'))
LAYOUT(FLAT())
LIFETIME(30);

CREATE TABLE flow_tag.pod_map_rows
(
    `id` UInt64,
    `name` String,
    `icon_id` Int64,
    `pod_cluster_id` UInt64,
    `pod_ns_id` UInt64,
    `pod_node_id` UInt64,
    `pod_service_id` UInt64,
    `pod_group_id` UInt64,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64
)
ENGINE = MergeTree
ORDER BY (id);

CREATE DICTIONARY flow_tag.pod_map
(
    `id` UInt64,
    `name` String,
    `icon_id` Int64,
    `pod_cluster_id` UInt64,
    `pod_ns_id` UInt64,
    `pod_node_id` UInt64,
    `pod_service_id` UInt64,
    `pod_group_id` UInt64,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64
)
PRIMARY KEY id
SOURCE(CLICKHOUSE(DB 'flow_tag' TABLE 'pod_map_rows'))
LAYOUT(FLAT())
LIFETIME(30);

CREATE TABLE flow_tag.pod_cluster_map_rows
(
    `id` UInt64,
    `name` String,
    `icon_id` Int64,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64
)
ENGINE = MergeTree
ORDER BY (id);

CREATE DICTIONARY flow_tag.pod_cluster_map
(
    `id` UInt64,
    `name` String,
    `icon_id` Int64,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64
)
PRIMARY KEY id
SOURCE(CLICKHOUSE(DB 'flow_tag' TABLE 'pod_cluster_map_rows'))
LAYOUT(FLAT())
LIFETIME(30);

CREATE TABLE flow_tag.l3_epc_map_rows
(
    `id` UInt64,
    `name` String,
    `icon_id` Int64,
    `uid` String,
    `team_id` UInt64,
    `domain_id` UInt64
)
ENGINE = MergeTree
ORDER BY (id);

CREATE DICTIONARY flow_tag.l3_epc_map
(
    `id` UInt64,
    `name` String,
    `icon_id` Int64,
    `uid` String,
    `team_id` UInt64,
    `domain_id` UInt64
)
PRIMARY KEY id
SOURCE(CLICKHOUSE(DB 'flow_tag' TABLE 'l3_epc_map_rows'))
LAYOUT(FLAT())
LIFETIME(30);

CREATE TABLE flow_tag.subnet_map_rows
(
    `id` UInt64,
    `name` String,
    `icon_id` Int64,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64,
    `l3_epc_id` UInt64
)
ENGINE = MergeTree
ORDER BY (id);

CREATE DICTIONARY flow_tag.subnet_map
(
    `id` UInt64,
    `name` String,
    `icon_id` Int64,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64,
    `l3_epc_id` UInt64
)
PRIMARY KEY id
SOURCE(CLICKHOUSE(DB 'flow_tag' TABLE 'subnet_map_rows'))
LAYOUT(FLAT())
LIFETIME(30);

CREATE TABLE flow_tag.gprocess_map_rows
(
    `id` UInt64,
    `name` String,
    `icon_id` Int64,
    `chost_id` Int64,
    `l3_epc_id` Int64,
    `biz_type` UInt64,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64
)
ENGINE = MergeTree
ORDER BY (id);

CREATE DICTIONARY flow_tag.gprocess_map
(
    `id` UInt64,
    `name` String,
    `icon_id` Int64,
    `chost_id` Int64,
    `l3_epc_id` Int64,
    `biz_type` UInt64,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64
)
PRIMARY KEY id
SOURCE(CLICKHOUSE(DB 'flow_tag' TABLE 'gprocess_map_rows'))
LAYOUT(FLAT())
LIFETIME(30);

CREATE TABLE flow_tag.vtap_map_rows
(
    `id` UInt64,
    `name` String,
    `type` Int64,
    `team_id` UInt64,
    `host_id` Int64,
    `host_name` String,
    `chost_id` Int64,
    `chost_name` String,
    `pod_node_id` Int64,
    `pod_node_name` String
)
ENGINE = MergeTree
ORDER BY (id);

CREATE DICTIONARY flow_tag.vtap_map
(
    `id` UInt64,
    `name` String,
    `type` Int64,
    `team_id` UInt64,
    `host_id` Int64,
    `host_name` String,
    `chost_id` Int64,
    `chost_name` String,
    `pod_node_id` Int64,
    `pod_node_name` String
)
PRIMARY KEY id
SOURCE(CLICKHOUSE(DB 'flow_tag' TABLE 'vtap_map_rows'))
LAYOUT(FLAT())
LIFETIME(30);

CREATE TABLE flow_tag.pod_k8s_label_map_rows
(
    `id` UInt64,
    `key` String,
    `value` String,
    `l3_epc_id` UInt64,
    `pod_ns_id` UInt64,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64
)
ENGINE = MergeTree
ORDER BY (id, key);

CREATE DICTIONARY flow_tag.pod_k8s_label_map
(
    `id` UInt64,
    `key` String,
    `value` String,
    `l3_epc_id` UInt64,
    `pod_ns_id` UInt64,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64
)
PRIMARY KEY id, key
SOURCE(CLICKHOUSE(DB 'flow_tag' TABLE 'pod_k8s_label_map_rows'))
LAYOUT(COMPLEX_KEY_HASHED())
LIFETIME(30);

CREATE TABLE flow_tag.pod_k8s_labels_map_rows
(
    `id` UInt64,
    `labels` String,
    `l3_epc_id` UInt64,
    `pod_ns_id` UInt64,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64
)
ENGINE = MergeTree
ORDER BY (id);

CREATE DICTIONARY flow_tag.pod_k8s_labels_map
(
    `id` UInt64,
    `labels` String,
    `l3_epc_id` UInt64,
    `pod_ns_id` UInt64,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64
)
PRIMARY KEY id
SOURCE(CLICKHOUSE(DB 'flow_tag' TABLE 'pod_k8s_labels_map_rows'))
LAYOUT(FLAT())
LIFETIME(30);

CREATE TABLE flow_tag.pod_service_k8s_label_map_rows
(
    `id` UInt64,
    `key` String,
    `value` String,
    `l3_epc_id` UInt64,
    `pod_ns_id` UInt64,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64
)
ENGINE = MergeTree
ORDER BY (id, key);

CREATE DICTIONARY flow_tag.pod_service_k8s_label_map
(
    `id` UInt64,
    `key` String,
    `value` String,
    `l3_epc_id` UInt64,
    `pod_ns_id` UInt64,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64
)
PRIMARY KEY id, key
SOURCE(CLICKHOUSE(DB 'flow_tag' TABLE 'pod_service_k8s_label_map_rows'))
LAYOUT(COMPLEX_KEY_HASHED())
LIFETIME(30);

CREATE TABLE flow_tag.pod_service_k8s_labels_map_rows
(
    `id` UInt64,
    `labels` String,
    `l3_epc_id` UInt64,
    `pod_ns_id` UInt64,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64
)
ENGINE = MergeTree
ORDER BY (id);

CREATE DICTIONARY flow_tag.pod_service_k8s_labels_map
(
    `id` UInt64,
    `labels` String,
    `l3_epc_id` UInt64,
    `pod_ns_id` UInt64,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64
)
PRIMARY KEY id
SOURCE(CLICKHOUSE(DB 'flow_tag' TABLE 'pod_service_k8s_labels_map_rows'))
LAYOUT(FLAT())
LIFETIME(30);

CREATE TABLE flow_tag.node_type_map_rows
(
    `resource_type` UInt64,
    `node_type` String
)
ENGINE = MergeTree
ORDER BY (resource_type);

CREATE DICTIONARY flow_tag.node_type_map
(
    `resource_type` UInt64,
    `node_type` String
)
PRIMARY KEY resource_type
SOURCE(CLICKHOUSE(DB 'flow_tag' TABLE 'node_type_map_rows'))
LAYOUT(FLAT())
LIFETIME(30);

CREATE TABLE flow_tag.int_enum_map_rows
(
    `tag_name` String,
    `value` UInt64,
    `name_en` String,
    `name_zh` String,
    `description_zh` String,
    `description_en` String
)
ENGINE = MergeTree
ORDER BY (tag_name, value);

CREATE DICTIONARY flow_tag.int_enum_map
(
    `tag_name` String,
    `value` UInt64,
    `name_en` String,
    `name_zh` String,
    `description_zh` String,
    `description_en` String
)
PRIMARY KEY tag_name, value
SOURCE(CLICKHOUSE(DB 'flow_tag' TABLE 'int_enum_map_rows'))
LAYOUT(COMPLEX_KEY_HASHED())
LIFETIME(30);

CREATE TABLE flow_tag.string_enum_map_rows
(
    `tag_name` String,
    `value` String,
    `name_en` String,
    `name_zh` String,
    `description_zh` String,
    `description_en` String
)
ENGINE = MergeTree
ORDER BY (tag_name, value);

CREATE DICTIONARY flow_tag.string_enum_map
(
    `tag_name` String,
    `value` String,
    `name_en` String,
    `name_zh` String,
    `description_zh` String,
    `description_en` String
)
PRIMARY KEY tag_name, value
SOURCE(CLICKHOUSE(DB 'flow_tag' TABLE 'string_enum_map_rows'))
LAYOUT(COMPLEX_KEY_HASHED())
LIFETIME(30);

CREATE TABLE flow_tag.tap_type_map_rows
(
    `value` UInt64,
    `name` String
)
ENGINE = MergeTree
ORDER BY (value);

CREATE DICTIONARY flow_tag.tap_type_map
(
    `value` UInt64,
    `name` String
)
PRIMARY KEY value
SOURCE(CLICKHOUSE(DB 'flow_tag' TABLE 'tap_type_map_rows'))
LAYOUT(FLAT())
LIFETIME(30);

CREATE TABLE flow_tag.vtap_port_map_rows
(
    `vtap_id` UInt64,
    `tap_port` UInt64,
    `name` String,
    `host_id` Int64,
    `host_name` String,
    `chost_id` Int64,
    `chost_name` String,
    `pod_node_id` Int64,
    `pod_node_name` String,
    `device_type` UInt64,
    `device_id` UInt64,
    `device_name` String,
    `icon_id` Int64,
    `team_id` UInt64
)
ENGINE = MergeTree
ORDER BY (vtap_id, tap_port);

CREATE DICTIONARY flow_tag.vtap_port_map
(
    `vtap_id` UInt64,
    `tap_port` UInt64,
    `name` String,
    `host_id` Int64,
    `host_name` String,
    `chost_id` Int64,
    `chost_name` String,
    `pod_node_id` Int64,
    `pod_node_name` String,
    `device_type` UInt64,
    `device_id` UInt64,
    `device_name` String,
    `icon_id` Int64,
    `team_id` UInt64
)
PRIMARY KEY vtap_id, tap_port
SOURCE(CLICKHOUSE(DB 'flow_tag' TABLE 'vtap_port_map_rows'))
LAYOUT(COMPLEX_KEY_HASHED())
LIFETIME(30);

CREATE TABLE flow_tag.chost_map_rows
(
    `id` UInt64,
    `name` String,
    `host_id` UInt64,
    `l3_epc_id` UInt64,
    `hostname` String,
    `ip` String,
    `subnet_id` UInt64,
    `team_id` UInt64,
    `domain_id` UInt64
)
ENGINE = MergeTree
ORDER BY (id);

CREATE DICTIONARY flow_tag.chost_map
(
    `id` UInt64,
    `name` String,
    `host_id` UInt64,
    `l3_epc_id` UInt64,
    `hostname` String,
    `ip` String,
    `subnet_id` UInt64,
    `team_id` UInt64,
    `domain_id` UInt64
)
PRIMARY KEY id
SOURCE(CLICKHOUSE(DB 'flow_tag' TABLE 'chost_map_rows'))
LAYOUT(FLAT())
LIFETIME(30);

CREATE TABLE flow_tag.pod_service_map_rows
(
    `id` UInt64,
    `name` String,
    `pod_cluster_id` UInt64,
    `pod_ns_id` UInt64,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64
)
ENGINE = MergeTree
ORDER BY (id);

CREATE DICTIONARY flow_tag.pod_service_map
(
    `id` UInt64,
    `name` String,
    `pod_cluster_id` UInt64,
    `pod_ns_id` UInt64,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64
)
PRIMARY KEY id
SOURCE(CLICKHOUSE(DB 'flow_tag' TABLE 'pod_service_map_rows'))
LAYOUT(FLAT())
LIFETIME(30);

CREATE TABLE flow_tag.biz_service_map_rows
(
    `id` UInt64,
    `name` String,
    `service_group_name` String,
    `icon_id` Int64,
    `team_id` UInt64,
    `domain_id` UInt64
)
ENGINE = MergeTree
ORDER BY (id);

CREATE DICTIONARY flow_tag.biz_service_map
(
    `id` UInt64,
    `name` String,
    `service_group_name` String,
    `icon_id` Int64,
    `team_id` UInt64,
    `domain_id` UInt64
)
PRIMARY KEY id
SOURCE(CLICKHOUSE(DB 'flow_tag' TABLE 'biz_service_map_rows'))
LAYOUT(FLAT())
LIFETIME(30);

CREATE TABLE flow_tag.pod_k8s_annotation_map_rows
(
    `id` UInt64,
    `key` String,
    `value` String,
    `l3_epc_id` UInt64,
    `pod_ns_id` UInt64,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64
)
ENGINE = MergeTree
ORDER BY (id, key);

CREATE DICTIONARY flow_tag.pod_k8s_annotation_map
(
    `id` UInt64,
    `key` String,
    `value` String,
    `l3_epc_id` UInt64,
    `pod_ns_id` UInt64,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64
)
PRIMARY KEY id, key
SOURCE(CLICKHOUSE(DB 'flow_tag' TABLE 'pod_k8s_annotation_map_rows'))
LAYOUT(COMPLEX_KEY_HASHED())
LIFETIME(30);

CREATE TABLE flow_tag.pod_k8s_annotations_map_rows
(
    `id` UInt64,
    `annotations` String,
    `l3_epc_id` UInt64,
    `pod_ns_id` UInt64,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64
)
ENGINE = MergeTree
ORDER BY (id);

CREATE DICTIONARY flow_tag.pod_k8s_annotations_map
(
    `id` UInt64,
    `annotations` String,
    `l3_epc_id` UInt64,
    `pod_ns_id` UInt64,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64
)
PRIMARY KEY id
SOURCE(CLICKHOUSE(DB 'flow_tag' TABLE 'pod_k8s_annotations_map_rows'))
LAYOUT(FLAT())
LIFETIME(30);

CREATE TABLE flow_tag.pod_k8s_env_map_rows
(
    `id` UInt64,
    `key` String,
    `value` String,
    `l3_epc_id` UInt64,
    `pod_ns_id` UInt64,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64
)
ENGINE = MergeTree
ORDER BY (id, key);

CREATE DICTIONARY flow_tag.pod_k8s_env_map
(
    `id` UInt64,
    `key` String,
    `value` String,
    `l3_epc_id` UInt64,
    `pod_ns_id` UInt64,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64
)
PRIMARY KEY id, key
SOURCE(CLICKHOUSE(DB 'flow_tag' TABLE 'pod_k8s_env_map_rows'))
LAYOUT(COMPLEX_KEY_HASHED())
LIFETIME(30);

CREATE TABLE flow_tag.pod_k8s_envs_map_rows
(
    `id` UInt64,
    `envs` String,
    `l3_epc_id` UInt64,
    `pod_ns_id` UInt64,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64
)
ENGINE = MergeTree
ORDER BY (id);

CREATE DICTIONARY flow_tag.pod_k8s_envs_map
(
    `id` UInt64,
    `envs` String,
    `l3_epc_id` UInt64,
    `pod_ns_id` UInt64,
    `team_id` UInt64,
    `domain_id` UInt64,
    `sub_domain_id` UInt64
)
PRIMARY KEY id
SOURCE(CLICKHOUSE(DB 'flow_tag' TABLE 'pod_k8s_envs_map_rows'))
LAYOUT(FLAT())
LIFETIME(30);
