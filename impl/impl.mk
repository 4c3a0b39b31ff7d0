# Implementations: the reference, its mutants, and the adapters for which this machine has the
# library.

# -- the reference --
REAP_SRC := $(wildcard impl/reference/*.c)
REAP_OBJ := $(REAP_SRC:%.c=$(OBJ)/%.o)
REFERENCE_OBJ := $(OBJ)/impl/adapters/reference.o

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

HOSTS += $(OUT)/host/reference
PROGRAMS += $(OUT)/libreap.a $(OUT)/libreap.so $(OUT)/host/reference

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
PROGRAMS += $(OUT)/host/libxl
else
REMARKS += without-libxl
endif

$(OBJ)/impl/adapters/libxl/adapter.o: ALL_CFLAGS += -DLIBXL_PACKAGE_VERSION='"$(XL_VERSION)"'

$(OUT)/host/libxl: $(HOST_OBJ) $(XL_SRC:%.c=$(OBJ)/%.o)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(LINK_HOST) $^ $(XL_LIBS) -ldl

without-libxl:
	@echo 'no host for libxl is built; this machine lacks: $(XL_LACKS)'
.PHONY: without-libxl

include impl/hosts/hosts.mk
