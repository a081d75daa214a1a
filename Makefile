# `make help` lists the targets. The work is done by Maven and by launcher/src/build; here is only what needs what.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.SILENT:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := build

PREFIX ?= /usr/local
DESTDIR ?=

TREE := build/jhot
DEBUG_TREE := build/debug
TOOLCHAIN := . launcher/src/build/toolchain.sh
FORMATTER_VERSION := 1.37.0
FORMATTER := build/google-java-format-$(FORMATTER_VERSION)-all-deps.jar

# Folders too: a file that is gone changes the folder that it was in.
JAVA_SOURCES := $(shell find pom.xml ffm-bindings java-api launcher examples bench -name target -prune -o \
                  -regex '.*/src/\(test\|testFixtures\|build\|main/c\|main/jvm\|main/jextract\)' -prune -o \
                  \( -name pom.xml -o -path '*/src/*' \) -print)
TREE_SOURCES := $(wildcard launcher/src/build/* launcher/src/main/c/* launcher/src/main/jvm/*)

JDKS := 17 21 25 26 27 28

.PHONY: build debug install image quick check format test test-one test-jdks matrix distributions slow-requests accepts
.PHONY: demo bench bindings clean help

build: $(TREE)/lib/jhot.aot ## build the relocatable tree build/jhot (the default)

build/packaged: $(JAVA_SOURCES)
	$(TOOLCHAIN)
	echo "build: compiling"
	maven -q -Dmaven.test.skip=true package
	mkdir -p build
	touch $@

$(TREE)/lib/jhot.aot: build/packaged $(TREE_SOURCES)
	echo "build: assembling $(TREE)"
	launcher/src/build/tree.sh $(TREE)
	launcher/src/build/verify-cache.sh $(TREE)
	touch $@

debug: build/packaged ## build the tree build/debug: a debugger can attach to its jhot (CONTRIBUTING.md)
	launcher/src/build/tree.sh $(DEBUG_TREE) --debug

install: build ## copy the tree to $(DESTDIR)$(PREFIX)/lib/jhot, with links to it from bin and share
	launcher/src/build/install.sh $(TREE) "$(DESTDIR)$(PREFIX)"

image: build ## make the container images jhot and jhot:bare, with or without a registry
	launcher/src/build/engine.sh start
	launcher/src/build/image.sh $(TREE)

quick: $(FORMATTER) ## check and test what you changed, in under a minute; SINCE=REVISION says since when
	launcher/src/build/quick.sh $(FORMATTER) $(SINCE)

check: build/packaged $(FORMATTER) ## formatting, Error Prone and NullAway, module boundaries, licences of what jhot depends on
	launcher/src/build/format.sh $(FORMATTER) --check
	$(TOOLCHAIN)
	maven -q -Plint verify -Dtest='ModuleBoundariesTest,PagesTest' -Dsurefire.failIfNoSpecifiedTests=false -DskipITs

format: $(FORMATTER) ## format all Java sources
	launcher/src/build/format.sh $(FORMATTER)

# Released servers, a Maven build of their own that `make build` knows nothing of.
build/servers: $(shell find native-tests/servers -name target -prune -o \( -name pom.xml -o -path '*/src/*' \) -print)
	$(TOOLCHAIN)
	echo "build: compiling the servers of the matrix"
	maven -q -f native-tests/servers package
	mkdir -p build
	touch $@

test: build build/servers $(FORMATTER) ## check, all unit tests, and the tests of the built tree on real processes and in containers
	launcher/src/build/format.sh $(FORMATTER) --check
	# What runs in the background or under nohup ignores signals, and so would all that the tests start.
	env --default-signal launcher/src/build/test.sh $(TREE) $(lastword $(JDKS))

test-one: ## run some test classes: TEST=DrainTest,ApiIT#aMethod
	env --default-signal launcher/src/build/test-one.sh $(TREE) "$(TEST)"

test-jdks: build build/servers ## the agent and reloads on each JDK from 17 to the newest, fetched into build/jdks
	status=0
	roots=$$(launcher/src/build/jdks.sh $(JDKS)) || status=$$?
	env --default-signal JHOT_JDKS="$(JDKS)" JHOT_JDK_ROOTS="$$roots" launcher/src/build/test-jdks.sh $(TREE) || status=$$?
	exit $$status

# JHOT_MATRIX_RELOADS (6) are spread over JHOT_MATRIX_SECONDS (60) for each server; JHOT_MATRIX_SERVERS, a regular
# expression, picks some: the table keeps what it has of the others.
matrix: build build/servers ## each released server for longer, on each family; writes docs/servers.md
	env --default-signal JHOT_MATRIX_RESULTS="$(CURDIR)/build/matrix" JHOT_MATRIX_TABLE="$(CURDIR)/docs/servers.md" \
	  launcher/src/build/test-one.sh $(TREE) ServersIT

# JHOT_SLOW_CASES, a regular expression, picks some; JHOT_SLOW_CONNECTIONS (20) of each kind; JHOT_SLOW_AT_ONCE (4)
# servers and more run side by side, since most of it is waiting.
slow-requests: build build/servers ## clients that pause for 9 s while their generation ends; writes build/slow-requests.md
	env --default-signal JHOT_SLOW_TABLE="$(CURDIR)/build/slow-requests.md" launcher/src/build/test-one.sh $(TREE) SlowRequestsIT

distributions: build ## Keycloak, WildFly, Payara Micro and Tomcat as their makers release them, each reloaded under load
	env --default-signal launcher/src/build/distributions.sh $(TREE)

accepts: build ## a selector loop without a null check, at 600 connections a second over ten reloads
	env --default-signal JHOT_ACCEPTS_RELOADS=10 launcher/src/build/test-one.sh $(TREE) PlainLoopIT

demo: build ## reload a service three times under load and count what failed
	$(TOOLCHAIN)
	examples/demo.sh

bench: build ## measure what jhot costs
	$(TOOLCHAIN)
	bench/run.sh

bindings: ## make io.jhot.ffm.gen anew: JEXTRACT=/path/to/jextract; with CHECK=1 only compare
	$(TOOLCHAIN)
	ffm-bindings/src/build/bindings.sh "$(JEXTRACT)" $(if $(CHECK),--check)

clean: ## remove everything that the build made
	rm -rf build
	find . -name target -type d -not -path '*/src/*' -prune -exec rm -rf {} +

help: ## this list
	sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

$(FORMATTER):
	$(TOOLCHAIN)
	echo "build: fetching google-java-format"
	maven -q -N dependency:copy -DoutputDirectory=build -Dmdep.useBaseVersion=true \
	  -Dartifact=com.google.googlejavaformat:google-java-format:$(FORMATTER_VERSION):jar:all-deps
