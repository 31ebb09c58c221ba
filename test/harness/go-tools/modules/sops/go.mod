module deepflow.kafka.exporter/sops

go 1.25.8

require github.com/getsops/sops/v3 v3.13.3

