# Hosts in other languages: programs for an interpreter, copied to where hosts are, each under the
# name of what it judges. Without the interpreter they are left out.

PYTHON ?= /usr/bin/python3
NODE ?= $(shell command -v node 2>/dev/null)

# The watchers that are judged were in CPython's library from 3.11 (asyncio.Runner) to 3.13.
PYTHON_FIT := $(shell $(PYTHON) -c 'import sys; print((3, 11) <= sys.version_info < (3, 14))' 2>/dev/null)
ASYNCIO_HOSTS := $(addprefix $(OUT)/host/asyncio-,threaded pidfd safe fast)

ifeq ($(PYTHON_FIT),True)
SCRIPT_HOSTS += $(ASYNCIO_HOSTS)
else
REMARKS += without-asyncio
endif

ifneq ($(NODE),)
SCRIPT_HOSTS += $(OUT)/host/node
else
REMARKS += without-node
endif

PROGRAMS += $(SCRIPT_HOSTS)

$(ASYNCIO_HOSTS): impl/hosts/asyncio.py
	@mkdir -p $(@D)
	$(call say,COPY,$@)
	$(Q)sed '1s|.*|#!$(PYTHON)|' $< >$@ && chmod 755 $@

$(OUT)/host/node: impl/hosts/node.js
	@mkdir -p $(@D)
	$(call say,COPY,$@)
	$(Q)sed '1s|.*|#!$(NODE)|' $< >$@ && chmod 755 $@

without-asyncio:
	@echo 'no hosts for asyncio are there: $(PYTHON) is no Python from 3.11 to 3.13'

without-node:
	@echo 'no host for Node.js is there: this machine lacks node'
.PHONY: without-asyncio without-node
