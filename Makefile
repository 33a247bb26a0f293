# make                the extension, for the server of PG_CONFIG; DEBUG=1 adds functions that only tests call
# make install        into that server; V=1 shows the commands
# make demo           see it work: installs what is missing, starts a private server, computes real audiences
# make report         one page about the database that libpq's environment names: build/report.html (needs Node and npm)
# make check          every test; make check-sql, check-tap … one stage of them (test/README.md)
#
# The module itself is built by src/pg/extension.mk with PGXS, out of tree: one folder for each version of PostgreSQL.
PG_CONFIG ?= pg_config
DEBUG ?=
export PG_CONFIG

# With ccache, another clone or branch compiles only what differs: folders are left out of what is compared.
export CCACHE_BASEDIR ?= $(CURDIR)
export CCACHE_NOHASHDIR ?= true

major := $(shell $(PG_CONFIG) --version 2>/dev/null | sed 's/^[^0-9]*\([0-9]*\).*/\1/')
build := $(CURDIR)/build/pg$(major)$(if $(DEBUG),-debug)
# Without a -j of its own, a build uses every core.
jobs := $(if $(findstring -j,$(MAKEFLAGS))$(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))
# One build at a time in a tree: tests that run side by side may all ask for it.
extension := flock -o build/lock $(MAKE) --no-print-directory $(if $(V),,--silent) -C $(build) -f $(CURDIR)/src/pg/extension.mk VPATH=$(CURDIR) DEBUG=$(DEBUG)

.PHONY: all install uninstall core clean dist deps deps-clients
all install: $(build)/requirements
all: | $(build)
	+@$(extension) $(jobs) all

install uninstall core: | $(build)
	+@$(extension) $(jobs) $@

$(build):
	@test -n "$(major)" || { echo "no pg_config found: set PG_CONFIG=..., or run: make deps" >&2; exit 1; }
	@mkdir -p $@

# Looked for once: what is missing is told before the compiler stumbles over it.
$(build)/requirements: | $(build)
	@test/server/install-dependencies --check && touch $@

clean:
	rm -rf build

# The archive that PGXN takes; the version stands in segments.control alone, and is written to META.json here.
version := $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" segments.control)
dist:
	@mkdir -p build
	sed 's/@version@/$(version)/' META.json > build/META.json
	git archive --format=zip --prefix=segments-$(version)/ --add-file=build/META.json \
		--output=build/segments-$(version).zip HEAD -- . ':(exclude)META.json'

deps:
	@test/server/install-dependencies

deps-clients:
	@test/server/install-dependencies --clients

# Everything below installs what it needs and starts private servers of its own: nothing of the system is touched.
stages := structure core fuzz sql decoy isolation tap oracle clients report real matrix
.PHONY: check $(addprefix check-,$(stages)) oracle real fuzz demo demo-shell bench report
check: deps-clients
	+@test/stage/run structure core fuzz sql decoy isolation tap oracle clients report real

check-clients check-report: deps-clients
$(addprefix check-,$(stages)): check-%: deps
	+@test/stage/run $*

oracle real fuzz: %: check-%

demo bench: %: deps
	+@test/$@/run

demo-shell: deps
	+@test/demo/shell

report:
	@src/report/run
