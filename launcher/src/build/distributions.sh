#!/bin/bash
# Fetches whole servers as their makers release them, and reloads each under load: distributions.sh TREE
# JHOT_DISTRIBUTION, the name of a test such as tomcat, picks one.
set -euo pipefail
. launcher/src/build/toolchain.sh

# GROUP:NAME:VERSION:TYPE[:CLASSIFIER], of Maven Central
artifacts=(
  org.apache.tomcat:tomcat:11.0.24:zip
  fish.payara.extras:payara-micro:7.2026.11:jar
  org.wildfly:wildfly-dist:39.0.1.Final:zip
  org.keycloak:keycloak-quarkus-dist:26.7.3:zip
  io.prometheus.jmx:jmx_prometheus_javaagent:1.0.1:jar
  org.jacoco:org.jacoco.agent:0.8.14:jar:runtime
)

folder=$PWD/build/distributions
mkdir -p "$folder"
for artifact in "${artifacts[@]}"; do
  IFS=: read -r _ name version type classifier <<<"$artifact"
  file=$folder/$name-$version${classifier:+-$classifier}.$type
  [ -s "$file" ] && continue
  echo "build: fetching $artifact"
  maven -q -N dependency:copy "-Dartifact=$artifact" "-DoutputDirectory=$folder"
  [ "$type" = jar ] || unzip -q -o "$file" -d "$folder"
done

JHOT_DISTRIBUTIONS=$folder launcher/src/build/test-one.sh "$1" "DistributionReload${JHOT_DISTRIBUTION:+#$JHOT_DISTRIBUTION}"
