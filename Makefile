# One verb for each thing a reader does. `make help` lists the lines with ##.
CHAPTERS := $(wildcard 0[1-9]-*)

all: $(CHAPTERS) ## build the programs (also in a folder)

$(CHAPTERS):
	@$(MAKE) --no-print-directory -s -C $@

check: all ## run all tests; in a folder, that chapter's
	@tests/check $(CHAPTER)

demo: all ## draw the map: which program isolates what, measured
	@tests/demo

diff: ## in a folder: what its program adds to the one before; here, all of it
	@tests/diff $(CHAPTER)

doctor: ## what this machine allows, and the remedy for what it does not
	@tests/doctor

check-mutants: all ## prove that the tests can fail: break each line, see them fail
	@tests/mutants $(CHAPTER)

lint: ## shellcheck, the compilers' analysers, the format
	@tests/lint

clean: ## remove what make has built
	@for chapter in $(CHAPTERS); do $(MAKE) --no-print-directory -C $$chapter clean; done

help: ## this list
	@sed -nE 's/^([a-z][^:=]*(=[^:]*)?):.*## (.*)/make \1\t\3/p' Makefile | expand -t 32

.PHONY: all check demo diff doctor check-mutants lint clean help $(CHAPTERS)
