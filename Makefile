# reapcheck. `make help` lists what can be made.
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:
MAKEFLAGS += --no-builtin-rules

# VARIANT=plain, asan, ubsan, tsan or cov; each is built in a folder of its own.
VARIANT ?= plain
BUILD := build
OUT := $(BUILD)$(if $(filter-out plain,$(VARIANT)),/$(VARIANT))
OBJ := $(OUT)/obj

PREFIX ?= /usr/local
DESTDIR ?=

ifeq ($(origin CC),default)
CC := cc
endif
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
CFLAGS ?= -O2 -g
CFLAGS_asan := -fsanitize=address -fsanitize-recover=address
CFLAGS_ubsan := -fsanitize=undefined
CFLAGS_tsan := -fsanitize=thread
CFLAGS_cov := --coverage -O0
ALL_CFLAGS := -std=gnu11 -D_GNU_SOURCE $(WARN) -fno-omit-frame-pointer -pthread \
	-Iharness -Iimpl/reference $(CFLAGS) $(CFLAGS_$(VARIANT))
COMPILE = $(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

CORES := $(shell nproc 2>/dev/null || echo 1)
JOBS ?= $(CORES)

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-6s %s\n' '$(1)' '$(2)')
# A build within a target that first sees to what the build needs, as the includes below look at
# what is there.
build = +$(MAKE) --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))

all: tools ## build everything that this machine has the libraries for

include harness/harness.mk
include impl/impl.mk

# Built anew when the compiler or a flag is another. Flags of one object are `private` to it: else
# this would inherit them from whichever object is built first, and all would be built anew.
$(OBJ)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(ALL_CFLAGS)' | cmp -s - $@ || echo '$(CC) $(ALL_CFLAGS)' >$@

$(OBJ)/%.o: %.c $(OBJ)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(COMPILE)

# position independent, for shared objects
$(OBJ)/%.pic.o: %.c $(OBJ)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(COMPILE) -fPIC

tools: $(PROGRAMS) $(REMARKS)
tests: $(HARNESS_TESTS) $(IMPL_TESTS) ## build the unit tests

deps: ## install what is missing, on Debian (DEPS=no: only name it)
	$(Q)CC='$(CC)' DEPS='$(DEPS)' build-aux/deps.sh $(BUILD)/no-library $(NOT_BUILT)

run: deps ## the main job: every scenario against everything that was built (ARGS: more options)
	$(build) tools
	REAPCHECK_HOME=$(CURDIR) $(OUT)/reapcheck run --jobs $(JOBS) $(ARGS)

AUDIT = REAPCHECK_HOME=$(CURDIR) $(OUT)/reapcheck audit --jobs $(JOBS)

# A sanitizer is part of a build, so hosts and planted faults are built once more for each.
SANITIZERS := asan ubsan tsan

audited-%: deps
	$(build) VARIANT=$* audited

audited: $(HOSTS) $(CONTROLS) $(REMARKS)

audit: deps $(SANITIZERS:%=audited-%) ## every scenario under every tool that looks for races and misuse of memory: one table
	$(build) tools
	$(AUDIT) $(ARGS)

helgrind: deps ## every scenario under Helgrind (ARGS: more options, such as --impl reference)
	$(build) tools
	$(AUDIT) --tool helgrind $(ARGS)

drd: deps ## every scenario under DRD
	$(build) tools
	$(AUDIT) --tool drd $(ARGS)

memcheck: deps ## every scenario under Memcheck
	$(build) tools
	$(AUDIT) --tool memcheck $(ARGS)

asan: deps audited-asan ## every scenario in a build with AddressSanitizer, which looks for leaks, too
	$(build) tools
	$(AUDIT) --tool asan $(ARGS)

ubsan: deps audited-ubsan ## every scenario in a build with UndefinedBehaviorSanitizer
	$(build) tools
	$(AUDIT) --tool ubsan $(ARGS)

tsan: deps audited-tsan ## every scenario in a build with ThreadSanitizer
	$(build) tools
	$(AUDIT) --tool tsan $(ARGS)

mutants: deps ## build all mutants, play them, print the kill matrix (ARGS: more options)
	$(build) tools build-mutants
	REAPCHECK_HOME=$(CURDIR) $(OUT)/reapcheck mutants --jobs $(JOBS) $(ARGS)

# What `make test` runs; name some of them to run only those.
TESTS = $(HARNESS_TESTS) $(IMPL_TESTS) $(sort $(wildcard harness/tests/*.bats scenarios/*/*.bats))

test: deps ## run all tests (TESTS: only these)
	$(build) tools tests build-mutants
	$(build) VARIANT=tsan audited $(BUILD)/tsan/host/mutant-list-edited-under-handler
	$(Q)BUILD=$(abspath $(OUT)) build-aux/run-tests.sh $(TESTS)

test-long: test ## and what takes an hour: each mutant 20 times, all faults, all audits
	$(build) mutants ARGS='--promised --times 20'
	$(build) faults
	$(build) audit

HEADER_FOLDER := $(DESTDIR)$(PREFIX)/include
LIBRARY_FOLDER := $(DESTDIR)$(PREFIX)/lib
SHARE_FOLDER := $(DESTDIR)$(PREFIX)/share/reapcheck

install: tools ## install under PREFIX (/usr/local), below DESTDIR
	install -d $(DESTDIR)$(PREFIX)/bin $(LIBRARY_FOLDER)/reapcheck/host \
		$(HEADER_FOLDER)/reapcheck $(SHARE_FOLDER)/results
	install $(OUT)/reapcheck $(DESTDIR)$(PREFIX)/bin/
	install $(HOSTS) $(SCRIPT_HOSTS) $(LIBRARY_FOLDER)/reapcheck/host/
	install -m 644 $(OUT)/host/not-built $(LIBRARY_FOLDER)/reapcheck/host/
	install -d $(LIBRARY_FOLDER)/reapcheck/adapter
	install -m 644 $(ADAPTERS) $(LIBRARY_FOLDER)/reapcheck/adapter/
	install -d $(LIBRARY_FOLDER)/reapcheck/controls
	install $(CONTROLS) $(LIBRARY_FOLDER)/reapcheck/controls/
	install -m 644 $(OUT)/libreap.a $(LIBRARY_FOLDER)/
	install -m 644 harness/adapter.h harness/adapter_events.h $(HEADER_FOLDER)/reapcheck/
	install -m 644 impl/reference/reap.h $(HEADER_FOLDER)/
	find scenarios \( -name '*.scn' -o -name '*.md' \) \
		-exec install -D -m 644 '{}' '$(SHARE_FOLDER)/{}' ';'
	install -D -m 644 examples/minimal.c $(SHARE_FOLDER)/examples/minimal.c
	find results/expected -type f -exec install -D -m 644 '{}' '$(SHARE_FOLDER)/{}' ';'

C_FILES = $(sort $(shell find harness impl examples -name '*.[ch]'))
SHELL_FILES = $(sort $(wildcard build-aux/*.sh .ci/run))
BATS_FILES = $(sort $(shell find harness scenarios -name '*.bats' -o -name '*.bash'))

format: ## put C files into the project's format
	clang-format -i $(C_FILES)

format-check: ## say which C files are not in it
	clang-format --dry-run --Werror $(C_FILES)

lint: $(OUT)/reapcheck ## check scenarios, and shell files if there is shellcheck
	$(OUT)/reapcheck lint scenarios
	@if command -v shellcheck >/dev/null; then \
		shellcheck $(SHELL_FILES) $(BATS_FILES); \
	else echo 'shellcheck is not installed: shell files were not checked'; fi

clean: ## remove what was built
	rm -rf $(BUILD)

help: ## this list
	@grep -hE '^[a-z-]+:.*##' Makefile harness/*.mk impl/*.mk | \
		sed -E 's/:.*## /\t/' | expand -t 16

.PHONY: all tools tests deps run audit helgrind drd memcheck asan ubsan tsan audited test test-long install format format-check lint clean help mutants FORCE
-include $(shell find $(OBJ) -name '*.d' 2>/dev/null)
