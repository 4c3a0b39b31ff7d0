# The harness: the command line, the hosts, their tests.
COMMON_SRC := $(wildcard harness/history/*.c)
CLI_SRC := $(COMMON_SRC) $(wildcard harness/script/*.c harness/runner/*.c harness/oracle/*.c \
	harness/report/*.c harness/catalogue/*.c harness/faults/*.c harness/audit/*.c harness/smoke/*.c harness/cli/*.c) \
	harness/probe/control.c
CLI_OBJ := $(CLI_SRC:%.c=$(OBJ)/%.o)

# The parts of the HTML page go into the program as arrays of characters.
PAGE_PARTS := page.html page.css page.js timeline.js
CLI_OBJ += $(PAGE_PARTS:%=$(OBJ)/harness/report/html/%.o)
$(OBJ)/harness/report/html/%.c: harness/report/html/%
	@mkdir -p $(@D)
	$(call say,GEN,$@)
	$(Q)name=$$(printf '%s' '$*' | tr . _) && { \
		printf 'extern const char matrix_html_%s[];\nconst char matrix_html_%s[] = {\n' $$name $$name && \
		od -An -v -tu1 $< | sed 's/[0-9][0-9]*/(char)&,/g' && echo '0};'; } >$@
$(OBJ)/harness/report/html/%.o: $(OBJ)/harness/report/html/%.c $(OBJ)/flags
	$(call say,CC,$<)
	$(Q)$(COMPILE)

CLI_LIBS := -ljansson -lxml2 -ldw -lelf -lm

# Debian has the headers of libxml2 in a folder of their own.
XML_FLAGS := $(shell pkg-config --cflags libxml-2.0 2>/dev/null || echo -I/usr/include/libxml2)
$(OBJ)/harness/report/xml.o $(OBJ)/harness/audit/valgrind_xml.o: private ALL_CFLAGS += $(XML_FLAGS)

HOST_SRC := $(COMMON_SRC) $(wildcard harness/probe/*.c) \
	$(filter-out harness/host/child.c,$(wildcard harness/host/*.c))
HOST_OBJ := $(HOST_SRC:%.c=$(OBJ)/%.o)

# The history's names stay the host's own: what is exported would take the place of a library's.
$(COMMON_SRC:%.c=$(OBJ)/%.o): private ALL_CFLAGS += -fvisibility=hidden

# -rdynamic: what the implementation calls in libc is bound to the probe's definitions.
LINK_HOST = $(CC) $(ALL_CFLAGS) -rdynamic -o $@

HOSTS := $(OUT)/host/plain $(OUT)/host/child
PROGRAMS += $(OUT)/reapcheck $(HOSTS)

$(OUT)/reapcheck: $(CLI_OBJ)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(CLI_LIBS)

$(OUT)/host/plain: $(HOST_OBJ)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(LINK_HOST) $^ -ldl

# Static: what the dynamic loader opens on its way would look like something inherited.
$(OUT)/host/child: $(OBJ)/harness/host/child.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) -static -o $@ $^

# It is a plain program in every variant: what a sanitizer adds to it would look the same.
$(OBJ)/harness/host/child.o: private ALL_CFLAGS := $(filter-out $(CFLAGS_$(VARIANT)),$(ALL_CFLAGS))

# Planted faults, which tools that audit must report: each a plain program, built in every variant.
CONTROLS := $(patsubst harness/tests/controls/%.c,$(OUT)/controls/%,\
	$(wildcard harness/tests/controls/*.c))
PROGRAMS += $(CONTROLS)

$(CONTROLS): $(OUT)/controls/%: $(OBJ)/harness/tests/controls/%.o $(OBJ)/harness/probe/sanitizer.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^

# Unit tests: each harness/tests/test_*.c is a cmocka program that takes what it needs of the command
# line's objects. Those of the probe and the host are linked with all of the host's objects instead,
# as the libc functions defined there must be the ones that count.
HARNESS_TESTS := $(patsubst harness/tests/%.c,$(OUT)/tests/%,$(wildcard harness/tests/test_*.c))
HOST_TESTS := $(filter $(OUT)/tests/test_probe% $(OUT)/tests/test_host%,$(HARNESS_TESTS))
CLI_TESTS := $(filter-out $(HOST_TESTS),$(HARNESS_TESTS))

$(OUT)/libharness.a: $(filter-out $(OBJ)/harness/cli/main.o,$(CLI_OBJ))
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

# A host that misbehaves as it is told to.
$(OUT)/tests/hosts/puppet: $(OBJ)/harness/tests/hosts/puppet.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^

# A kernel that breaks a rule, to be loaded into the host of the platform.
$(OUT)/tests/broken-kernel.so: $(OBJ)/harness/tests/broken_kernel.pic.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -shared -o $@ $^ -ldl

tests: $(OUT)/tests/broken-kernel.so

$(OUT)/tests/test_play $(OUT)/tests/test_witness: | $(OUT)/tests/hosts/puppet

$(CLI_TESTS): $(OUT)/tests/%: $(OBJ)/harness/tests/%.o $(OUT)/libharness.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(CLI_LIBS) -lcmocka

$(HOST_TESTS): $(OUT)/tests/%: $(OBJ)/harness/tests/%.o \
		$(filter-out $(OBJ)/harness/host/main.o,$(HOST_OBJ))
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(LINK_HOST) $^ -ldl -lcmocka

# What the harness itself costs.
$(OUT)/bench/harness: $(OBJ)/harness/bench/harness.o $(OUT)/libharness.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(CLI_LIBS)

# What the kernel's own rules cost, and how that grows.
$(OUT)/bench/platform: $(OBJ)/harness/bench/platform.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ -lm

bench-platform: ## print what a thread's exit and a broadcast signal cost the kernel
	$(build) $(OUT)/bench/platform
	$(OUT)/bench/platform

bench-harness: bench-platform ## print what the harness itself costs, in time and memory
	$(build) tools $(OUT)/bench/harness
	REAPCHECK_HOME=$(CURDIR) $(OUT)/bench/harness $(OUT) scenarios
	$(Q)REAPCHECK_HOME=$(CURDIR) build-aux/bench-page.sh $(OUT)
	$(Q)rm -f $(MUTANTS)
	$(Q)start=$$(date +%s) && $(MAKE) --no-print-directory -j2 build-mutants >/dev/null && \
		echo "$(words $(MUTANTS)) mutants built, on two cores   $$(($$(date +%s) - start)) s" && \
		REAPCHECK_HOME=$(CURDIR) $(OUT)/reapcheck mutants --jobs 2 --results $(OUT)/bench | grep -E '^[0-9]+ (mutant|play)'

.PHONY: bench-harness bench-platform

FAULTS_IMPL ?= reference
faults: deps ## make every libc call of the reference fail in turn (FAULTS_IMPL, ARGS)
	$(build) tools
	REAPCHECK_HOME=$(CURDIR) $(OUT)/reapcheck faults --impl $(FAULTS_IMPL) --jobs $(JOBS) $(ARGS)
.PHONY: faults

# The fuzzer's own folder takes what it finds; the seeds and the scenarios are only read.
FUZZ_SECONDS ?= 600
FUZZ_SRC := harness/tests/fuzz/fuzz_script.c $(wildcard harness/script/*.c) harness/history/calls.c
fuzz: ## fuzz the parser of scripts for FUZZ_SECONDS (clang; default: 600)
	@mkdir -p $(OUT)/fuzz/found
	clang -std=gnu11 -D_GNU_SOURCE -Iharness -g -O1 -fsanitize=fuzzer,address,undefined \
		-o $(OUT)/fuzz/fuzz_script $(FUZZ_SRC)
	$(OUT)/fuzz/fuzz_script -max_total_time=$(FUZZ_SECONDS) -timeout=10 -print_final_stats=1 \
		-dict=harness/tests/fuzz/script.dict -artifact_prefix=$(OUT)/fuzz/ $(OUT)/fuzz/found \
		harness/tests/fuzz/corpus $(sort $(dir $(wildcard scenarios/*/*.scn)))
.PHONY: fuzz
