# Builds the module with PGXS, in the current folder; the top-level Makefile calls it with VPATH = the source tree.
# Objects of src/core depend on no server, so every build shares them; those of src/pg depend on no more than its major version.  Files
# named *_debug.cpp, functions that only tests call, are linked with DEBUG=1 alone.
MODULE_big = segments
EXTENSION = segments
extension_version := $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" $(VPATH)/segments.control)

core_sources := $(patsubst $(VPATH)/src/core/%,%,$(wildcard $(VPATH)/src/core/*.cpp $(VPATH)/src/core/*/*.cpp $(VPATH)/src/core/*/*/*.cpp))
core_objects := $(core_sources:%.cpp=../core-objects/%.o)
pg_folder := ../$(patsubst %-debug,%,$(notdir $(CURDIR)))-objects
pg_sources := $(patsubst $(VPATH)/src/pg/%,%,$(wildcard $(VPATH)/src/pg/*.cpp $(VPATH)/src/pg/*/*.cpp))
pg_objects := $(patsubst %.cpp,$(pg_folder)/%.o,$(if $(DEBUG),$(pg_sources),$(filter-out %_debug.cpp,$(pg_sources))))
OBJS = $(core_objects) $(pg_objects)

DATA_built = segments--$(extension_version).sql
DOCS = $(patsubst $(VPATH)/%,%,$(wildcard $(VPATH)/doc/*.md))
DATA = $(patsubst $(VPATH)/%,%,$(wildcard $(VPATH)/sql/upgrade/segments--*--*.sql)) sql/install/segments-definition-schema.json

# CRoaring is not linked but loaded when the module is: src/pg/server/roaring.h says why.
SHLIB_LINK = -Wl,--version-script=$(VPATH)/src/pg/exports.map -lstdc++ -ldl

PG_CONFIG ?= pg_config
override with_llvm := no
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)
# Other extensions have a reference.md, too.
docmoduledir := extension/segments

# Every file that is compiled is announced, with how many there are to compile and how long it has taken: a build says that it works
# on terminals and in logs alike.
started := $(shell date +%s)
ifdef COUNTING
announce = @echo compiling
else ifneq ($(filter-out clean uninstall,$(MAKECMDGOALS)),)
to_compile := $(shell rm -f compiled; env MAKEFLAGS= MFLAGS= $(MAKE) --no-print-directory -n -f $(firstword $(MAKEFILE_LIST)) VPATH=$(VPATH) DEBUG=$(DEBUG) \
	PG_CONFIG=$(PG_CONFIG) COUNTING=1 $(MAKECMDGOALS) 2>/dev/null | grep -c '^echo compiling')
announce = @echo >> compiled; printf '[%3d of %d, %d s] %s\n' $$(wc -l < compiled) $(to_compile) $$(($$(date +%s) - $(started))) '$(1)'
endif

# GCC 12 sees overlapping copies in its own string (its bug 105651).
warnings := -Wall -Wextra -Wshadow -Wno-restrict -Werror
# Functions and lines, for traces of calls; with variables, compiling takes half as long again (debug_information=-g).
debug_information ?= -g1
dependencies = -MMD -MP -MF $(@:.o=.d)
compiler := $(if $(shell command -v ccache),ccache )$(CXX)

# System folders of headers give no warnings: the server's headers are C.
pg_flags := -std=c++20 -fvisibility=hidden -Wno-register $(warnings) $(debug_information)
pg_includes := -isystem $(includedir_server) -I$(VPATH)/src
$(pg_objects): $(pg_folder)/%.o: $(VPATH)/src/pg/%.cpp
	@mkdir -p $(@D)
	$(call announce,c++ $(<:$(VPATH)/%=%))
	$(compiler) $(CXXFLAGS) $(pg_flags) $(pg_includes) $(CPPFLAGS) $(CXXFLAGS_SL) -fPIC $(dependencies) -c -o $@ $<

core_flags := -std=c++20 -O3 $(debug_information) -fPIC -fvisibility=hidden -fstack-protector-strong -D_FORTIFY_SOURCE=2 $(warnings)
$(core_objects): ../core-objects/%.o: $(VPATH)/src/core/%.cpp
	@mkdir -p $(@D)
	$(call announce,c++ $(<:$(VPATH)/%=%))
	$(compiler) $(core_flags) -I$(VPATH)/src $(dependencies) -c -o $@ $<

# The core alone, which the tests of the core library link as it is released.
.PHONY: core
core: $(core_objects)

$(shlib): $(VPATH)/src/pg/exports.map
-include $(OBJS:.o=.d)

segments--$(extension_version).sql: $(VPATH)/sql/install $(wildcard $(VPATH)/sql/install/*) $(VPATH)/segments.control \
		$(VPATH)/src/core/ordinal.h $(VPATH)/src/pg/run/change_context.h
	@echo "assembling $@"
	$(VPATH)/sql/install/assemble $(if $(DEBUG),--debug) > $@

# What is installed has its debug information in a file beside it, where debuggers find it.
OBJCOPY ?= objcopy
stripped/$(shlib): $(shlib)
	@mkdir -p $(@D)
	$(OBJCOPY) --only-keep-debug --compress-debug-sections $< $@.debug
	$(OBJCOPY) --strip-unneeded --add-gnu-debuglink=$@.debug $< $@
all: stripped/$(shlib)
install-lib-shared: stripped/$(shlib)
install-lib-shared: INSTALL_SHLIB = sh -c '$(INSTALL) -m 755 "stripped/$$0" "$$1" && $(INSTALL) -m 644 "stripped/$$0.debug" "$$1.debug"'
uninstall: uninstall-debug-information
.PHONY: uninstall-debug-information
uninstall-debug-information:
	rm -f '$(DESTDIR)$(pkglibdir)/$(shlib).debug'
