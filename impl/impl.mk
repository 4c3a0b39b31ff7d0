# Implementations: the reference, its mutants, and the adapters for which this machine has the
# library.

# What pkg-config calls a library, or -lX: empty where this machine has it.
PKG_CONFIG ?= pkg-config
adapter_lacks = $(if $(filter -l%,$(1)),$(if $(filter /%,$(foreach end,so a,$(shell $(CC) \
	-print-file-name=$(1:-l%=lib%).$(end)))),,$(1)),$(if $(1),$(shell \
	$(PKG_CONFIG) --exists $(1) 2>/dev/null || echo lacks $(1))))

# -- the reference --
REAP_SRC := $(wildcard impl/reference/*.c)
REAP_OBJ := $(REAP_SRC:%.c=$(OBJ)/%.o)
REFERENCE_SRC := $(wildcard impl/adapters/reference*.c)
REFERENCE_OBJ := $(REFERENCE_SRC:%.c=$(OBJ)/%.o)

# A host shows its symbols to the libraries that are loaded into it, and would take the place of
# theirs: what the files of an adapter share among themselves is hidden.
$(REFERENCE_OBJ) $(REFERENCE_SRC:%.c=$(OBJ)/%.pic.o): private ALL_CFLAGS += -fvisibility=hidden

$(OUT)/libreap.a: $(REAP_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(OUT)/libreap.so: $(REAP_SRC:%.c=$(OBJ)/%.pic.o)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -shared -Wl,-soname,libreap.so.0 -o $@ $^

$(OUT)/host/reference: $(HOST_OBJ) $(REFERENCE_OBJ) $(OUT)/libreap.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(LINK_HOST) $^ -ldl

# With a libreap of its own, so that it can be loaded beside another one. -Bsymbolic: else the two
# would share their functions.
$(OUT)/adapter/reference.so: $(REFERENCE_SRC:%.c=$(OBJ)/%.pic.o) $(REAP_SRC:%.c=$(OBJ)/%.pic.o)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -shared -Wl,-Bsymbolic -o $@ $^

HOSTS += $(OUT)/host/reference
ADAPTERS := $(OUT)/adapter/reference.so
PROGRAMS += $(OUT)/libreap.a $(OUT)/libreap.so $(OUT)/host/reference

# -- the kernel alone, for scenarios/platform --
$(OUT)/host/platform: $(HOST_OBJ) $(OBJ)/impl/adapters/platform.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(LINK_HOST) $^ -ldl

HOSTS += $(OUT)/host/platform
PROGRAMS += $(OUT)/host/platform
# What is not built, as NAME:PACKAGE,PACKAGE: adapters and what would have to be installed for them.
NOT_BUILT :=

# -- unit tests: impl/reference/tests/test_*.c with libreap, impl/adapters/tests/test_*.c with what
# adapters share --
REAP_TESTS := $(patsubst impl/reference/tests/%.c,$(OUT)/tests/reference/%,\
	$(wildcard impl/reference/tests/test_*.c))
ADAPTER_TESTS := $(patsubst impl/adapters/tests/%.c,$(OUT)/tests/adapters/%,\
	$(wildcard impl/adapters/tests/test_*.c))
IMPL_TESTS := $(REAP_TESTS) $(ADAPTER_TESTS)

$(REAP_TESTS): $(OUT)/tests/reference/%: $(OBJ)/impl/reference/tests/%.o $(OUT)/libreap.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ -lcmocka

$(ADAPTER_TESTS): $(OUT)/tests/adapters/%: $(OBJ)/impl/adapters/tests/%.o \
		$(OBJ)/impl/adapters/visits.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ -lcmocka

# -- what the reference costs --
$(OUT)/bench/events: $(OBJ)/impl/bench/events.o $(OUT)/libreap.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ -lm

bench: ## print what events, fds and timeouts cost the reference, and how that grows
	$(build) $(OUT)/bench/events
	$(OUT)/bench/events
.PHONY: bench

# -- examples: programs that use the reference, run by `make test` --
EXAMPLE_TESTS := $(OUT)/tests/examples/own-loop $(OUT)/tests/examples/glib-main-loop
IMPL_TESTS += $(EXAMPLE_TESTS)

$(OUT)/tests/examples/own-loop: $(OBJ)/examples/own-loop.o $(OUT)/libreap.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^

ifeq ($(call adapter_lacks,glib-2.0),)
$(OBJ)/examples/glib-main-loop.o: private ALL_CFLAGS += $(shell $(PKG_CONFIG) --cflags glib-2.0)
$(OUT)/tests/examples/glib-main-loop: $(OBJ)/examples/glib-main-loop.o $(OUT)/libreap.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(shell $(PKG_CONFIG) --libs glib-2.0)
else
$(OUT)/tests/examples/glib-main-loop: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '#!/bin/sh' 'echo 1..1' \
		'echo "ok 1 a GLib main loop # SKIP GLib is not installed (libglib2.0-dev)"' >$@
	@chmod +x $@
endif

# -- mutants: each impl/mutants/NAME.patch makes a host mutant-NAME --
MUTANTS := $(patsubst impl/mutants/%.patch,$(OUT)/host/mutant-%,$(wildcard impl/mutants/*.patch))

build-mutants: $(MUTANTS) ## build the reference with each known bug put back
.PHONY: build-mutants

$(MUTANTS): $(OUT)/host/mutant-%: impl/mutants/%.patch build-aux/mutant.sh \
		$(HOST_OBJ) $(REAP_OBJ) $(REFERENCE_OBJ)
	@mkdir -p $(@D)
	$(call say,MUTANT,$*)
	$(Q)objects=$$(build-aux/mutant.sh $< $(OUT)/mutants/$* $(OBJ) \
		$(CC) -I$(OUT)/mutants/$*/impl/reference $(ALL_CFLAGS)) && \
		$(LINK_HOST) $(HOST_OBJ) $$objects -ldl

# -- adapters of libraries that this machine may have --
#
# $(eval $(call adapter,NAME,SOURCE,LIBRARY,PACKAGE,FLAGS))
#
# makes host/NAME and adapter/NAME.so of impl/adapters/SOURCE.c, which is compiled with ADAPTER_NAME
# and, where pkg-config says it, ADAPTER_VERSION. Variants of an adapter are lines with one SOURCE
# and different NAMEs and FLAGS. Where the library is not there, a remark says so and no more.
#
#   LIBRARY   what pkg-config calls it, or -lX where it knows nothing of it; may be empty
#   PACKAGE   of Debian, to build with it
#   FLAGS     of the compiler
adapter_pkg_config = $(if $(filter-out -l%,$(2)),$(shell $(PKG_CONFIG) $(1) $(2)))

define adapter
ifeq ($$(call adapter_lacks,$(3)),)
$$(OBJ)/adapter/$(1).o $$(OBJ)/adapter/$(1).pic.o: private ALL_CFLAGS += -DADAPTER_NAME='"$(1)"' \
	$$(addprefix -DADAPTER_VERSION=,$$(patsubst %,'"%"',$$(firstword \
	$$(call adapter_pkg_config,--modversion,$(3))))) $$(call adapter_pkg_config,--cflags,$(3)) $(5)

$$(OBJ)/adapter/$(1).o: impl/adapters/$(2).c $$(OBJ)/flags
	@mkdir -p $$(@D)
	$$(call say,CC,$$< ($(1)))
	$$(Q)$$(COMPILE)

$$(OBJ)/adapter/$(1).pic.o: impl/adapters/$(2).c $$(OBJ)/flags
	@mkdir -p $$(@D)
	$$(call say,CC,$$< ($(1)))
	$$(Q)$$(COMPILE) -fPIC

$$(OUT)/host/$(1): $$(HOST_OBJ) $$(OBJ)/adapter/$(1).o
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$$(Q)$$(LINK_HOST) $$^ $$(or $$(call adapter_pkg_config,--libs,$(3)),$(3)) -ldl

$$(OUT)/adapter/$(1).so: $$(OBJ)/adapter/$(1).pic.o
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$$(Q)$$(CC) $$(ALL_CFLAGS) -shared -o $$@ $$^ $$(or $$(call adapter_pkg_config,--libs,$(3)),$(3))

HOSTS += $$(OUT)/host/$(1)
ADAPTERS += $$(OUT)/adapter/$(1).so
else
NOT_BUILT += $(1):$(4)
endif
endef

$(eval $(call adapter,posix,posix))
$(eval $(call adapter,apr,apr,apr-1,libapr1-dev))
$(eval $(call adapter,glib,glib,glib-2.0,libglib2.0-dev))
$(eval $(call adapter,glib-nopidfd,glib,glib-2.0,libglib2.0-dev,-DWITHOUT_PIDFDS))
$(eval $(call adapter,ivykis,ivykis,ivykis,libivykis-dev))
$(eval $(call adapter,libev,libev,-lev,libev-dev))
$(eval $(call adapter,libev-signalfd,libev,-lev,libev-dev,-DWITH_SIGNALFD))
$(eval $(call adapter,libevent,libevent,libevent_pthreads,libevent-dev))
$(eval $(call adapter,libuv,libuv,libuv,libuv1-dev))
$(eval $(call adapter,sd-event,sd-event,libsystemd,libsystemd-dev))
$(eval $(call adapter,sd-event-nopidfd,sd-event,libsystemd,libsystemd-dev,-DWITHOUT_PIDFDS))
$(eval $(call adapter,skalibs,skalibs,-lskarnet,skalibs-dev))

# -- the real libxl: its static archive, with stand-ins for the hypervisor and the store --
XL_NEEDS := libxenlight.a libyajl.so libnl-route-3.so libnl-3.so libuuid.so
XL_LACKS := $(strip $(if $(wildcard /usr/include/libxl.h),,libxl.h) \
	$(foreach file,$(XL_NEEDS),\
	$(if $(filter /%,$(shell $(CC) -print-file-name=$(file) 2>/dev/null)),,$(file))))
XL_SRC := $(wildcard impl/adapters/libxl/*.c impl/xen/*.c) impl/adapters/visits.c
XL_LIBS := -l:libxenlight.a -lxenctrl -lxenguest -lxenstore -lxentoollog -lxenevtchn -lxengnttab \
	-lxendevicemodel -lxenforeignmemory -lxencall -lxentoolcore -lxenhypfs \
	-lyajl -lutil -luuid -lnl-route-3 -lnl-3
# 4.17.7+13-g2445b30a44 is 4.17.7
XL_VERSION = $(shell { dpkg-query -W -f '$${Version}' libxen-dev || \
	pkg-config --modversion xenlight; } 2>/dev/null | sed 's/[^0-9.].*//')

ifeq ($(XL_LACKS),)
HOSTS += $(OUT)/host/libxl
else
NOT_BUILT += libxl:libxen-dev,libyajl-dev,libnl-3-dev,libnl-route-3-dev,uuid-dev
endif

$(patsubst %.c,$(OBJ)/%.o,$(filter impl/adapters/%,$(XL_SRC))): private ALL_CFLAGS += \
	-fvisibility=hidden
$(OBJ)/impl/adapters/libxl/adapter.o: private ALL_CFLAGS += -DLIBXL_PACKAGE_VERSION='"$(XL_VERSION)"'

$(OUT)/host/libxl: $(HOST_OBJ) $(XL_SRC:%.c=$(OBJ)/%.o)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(LINK_HOST) $^ $(XL_LIBS) -ldl

# -- what is not built --
PROGRAMS += $(HOSTS) $(ADAPTERS)
REMARKS := $(OUT)/host/not-built

open := (
close := )
# `reapcheck run` reads it. A host that was built when the library was still there goes.
$(OUT)/host/not-built: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' $(NOT_BUILT) | cmp -s - $@ || printf '%s\n' $(NOT_BUILT) >$@
	$(if $(NOT_BUILT),@rm -f $(foreach one,$(NOT_BUILT),$(OUT)/host/$(firstword \
		$(subst :, ,$(one))) $(OUT)/adapter/$(firstword $(subst :, ,$(one))).so))
	$(if $(NOT_BUILT),@echo 'not built for want of their libraries:$(foreach one,\
		$(NOT_BUILT), $(subst :, $(open),$(one))$(close))')

include impl/hosts/hosts.mk
