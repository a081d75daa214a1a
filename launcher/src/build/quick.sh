#!/bin/bash
# Checks and tests what a change touches, in under a minute: quick.sh FORMATTER_JAR [REVISION]
# The change is what differs from where this branch left origin/main (or main), files that git does not know yet
# included; where nothing does, it is the last commit. REVISION says another beginning.
#
# It looks at the format of each Java file that changed, compiles the modules that they are in with their tests, and
# runs the unit tests that name a class that changed, the borders between packages, and the links of pages. Tests with
# @Tag("slow"), other modules, and the tests of the built tree are for `make test`.
set -euo pipefail
. launcher/src/build/toolchain.sh

formatter=$1

beginning() {
  local main
  for main in origin/main main; do
    if git rev-parse -q --verify "$main^{commit}" >/dev/null; then
      git merge-base HEAD "$main"
      return
    fi
  done
  echo HEAD
}

changed_since() { # revision
  git diff --name-only --diff-filter=d "$1" --
  git ls-files --others --exclude-standard
}

module_of() { # file
  local folder=$1
  while [ "$folder" != . ]; do
    folder=$(dirname "$folder")
    [ ! -f "$folder/pom.xml" ] || break
  done
  echo "$folder"
}

since=${2:-$(beginning)}
changed=$(changed_since "$since")
if [ -z "$changed" ]; then
  since=HEAD~1
  changed=$(changed_since $since)
fi
echo "quick: $(wc -l <<<"$changed") files changed since $(git log -1 --format='%h %s' "$since")"

java_files=()
modules=()
tests=()
left=() # tests that take too long
while IFS= read -r file; do
  case $file in
  *.sh) bash -n "$file" ;;
  *.md)
    modules+=(native-tests)
    tests+=(PagesTest)
    ;;
  native-tests/servers/*) echo "quick: not looked at: $file (make build/servers compiles it)" ;;
  */io/jhot/ffm/gen/*) modules+=("$(module_of "$file")") ;;
  *.java) java_files+=("$file") ;;
  esac
done <<<"$changed"

for file in "${java_files[@]}"; do
  module=$(module_of "$file")
  [ "$module" != . ] || continue # a script of the build
  modules+=("$module")
  if [[ $file == @(ffm-bindings|launcher|java-api/api|java-api/agent)/src/main/* ]]; then
    modules+=(native-tests)
    tests+=(ModuleBoundariesTest)
  fi
  name=$(basename "$file" .java)
  while IFS= read -r test; do
    case $test in
    *Test.java | *IT.java) ;;
    *) continue ;; # a fixture
    esac
    if [[ $test == *IT.java ]] || grep -q '@Tag("slow")' "$test"; then
      left+=("$(basename "$test" .java)")
    else
      tests+=("$(basename "$test" .java)")
    fi
  done < <(
    [[ $file != */src/test/java/* ]] || echo "$file"
    [ ! -d "$module/src/test/java" ] || grep -rlw -- "$name" "$module/src/test/java" || true
  )
done

if [ ${#java_files[@]} -gt 0 ]; then
  unformatted=$(java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -jar "$formatter" --dry-run "${java_files[@]}")
  [ -z "$unformatted" ] || {
    printf 'not formatted, run: make format:\n%s\n' "$unformatted" >&2
    exit 1
  }
fi

list() { printf '%s\n' "$@" | sort -u | paste -sd, -; }

if [ ${#modules[@]} -gt 0 ]; then
  echo "quick: $(list "${modules[@]}"): ${tests[*]:+tests }$(list "${tests[@]:-}")"
  # Packaged, because the modules behind one want its jar.
  maven -q package -Dmaven.javadoc.skip=true -Dmaven.source.skip=true -pl "$(list "${modules[@]}")" -am \
    "-Dtest=$(list "${tests[@]:-none}")" -Dsurefire.failIfNoSpecifiedTests=false
fi
[ ${#left[@]} = 0 ] || echo "quick: not run: make test-one TEST=$(list "${left[@]}")"
echo "quick: $SECONDS s"
