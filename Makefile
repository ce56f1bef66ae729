# make help prints the lines that begin with two #.
##
## For you, the reader:
##
## make                      build the programs
## make check                run all tests; they need no root, and use it where they have it
## make demo                 draw the map: which program isolates what, measured
## make look                 while a program runs in another window: what it sees beside what you see
## make doctor               what this host allows, and the remedy for what it does not
## make exercises            list the exercises and what you have solved
## make progress             the same as one line a chapter (progress-tsv: for programs);
##                           with BOOKS='/home/*/namespaces' one line a participant
## make clean                remove what make has built
## make help                 this list
##
## In a chapter's folder make, check, exercises, progress and clean are for that chapter, and:
##
## make demo                 its program run once, and what it sees beside what you see
## make -s inside            the PID of what your program runs, as seen outside
## make diff                 what its program adds to the one before
## make check PROGRAM=./mine the same tests against your own program, built from mine.c
## make exercise-2           make exercise-2.c where there is none, and grade it
## make watch-2              grade it whenever you save it, until Ctrl-C
## make hint-2               the next hint (HINT=1: the first one again)
## make solution-2           the reference, as a diff to what you started from
## make reset-2              start anew; your work is kept beside it
## make rootfs               (in 09) a root file system, from a static busybox
##
## For those who change the book (tests/README.md says more):
##
## make check-mutants        prove that the tests can fail: break each step, see them go red
## make check-designs        prove that right programs of other designs pass
## make check-verbs          the tests of the verbs, in the states in which a reader types them
## make check-exercises      prove that the graders can tell right from wrong
## make faults               make each system call of 07 to 09 fail, and see nothing left behind
## make check-vm             the whole check in virtual machines, on several kernels (VM=6.12: on one)
## make check-containers     the check in containers of podman, default and privileged
## make check-compilers      the whole check with clang, tcc and musl (make check CC=clang: with one)
## make results              the table of what was run where, from the last full runs
## make bench                launch time and memory beside other launchers
## make lint                 shellcheck, the compilers' analysers, the format
##
CHAPTERS := $(wildcard 0[1-9]-*)

all: $(CHAPTERS)

$(CHAPTERS):
	@$(MAKE) --no-print-directory -s -C $@

# The pages of 07 and 09 run the programs of other chapters.
check: $(or $(filter-out 07-% 09-%,$(CHAPTER)),all)
	@tests/verbs/check $(CHAPTER)

demo: all
	@tests/verbs/$(if $(CHAPTER),look --demo $(CHAPTER),demo)

look:
	@tests/verbs/look

inside:
	@tests/verbs/look --inside

diff:
	@for chapter in $(or $(CHAPTER),$(CHAPTERS)); do tests/verbs/diff $$chapter; done

doctor:
	@bash tests/verbs/doctor # not by its own name: on a noexec disk it says so

check-mutants:
	@tests/proofs/mutants $(CHAPTER)

check-designs:
	@tests/proofs/designs $(CHAPTER)

faults: all
	@tests/proofs/faults

bench:
	@tests/proofs/bench

check-vm:
	@tests/proofs/vm $(VM)

check-containers:
	@tests/proofs/containers

check-compilers:
	@tests/proofs/compilers --check

results:
	@tests/proofs/results table

rootfs:
	@tests/rootfs $(or $(CHAPTER),09-full-launcher)/rootfs

check-verbs:
	@tests/sandbox bats $(or $(addprefix tests/desk/,$(addsuffix .bats,$(VERB))),tests/desk)

check-exercises:
	@tests/verbs/exercise check $(CHAPTER)

exercises:
	@tests/verbs/exercise list $(CHAPTER)

progress progress-tsv:
	@tests/verbs/exercise $@ $(CHAPTER)

exercise-% watch-% hint-% solution-% reset-%: FORCE
	@tests/verbs/exercise $@ $(or $(CHAPTER),$(error make $@ is for a chapter's folder: cd 01-uts))

FORCE:

lint:
	@tests/proofs/lint

clean:
	@for chapter in $(CHAPTERS); do $(MAKE) --no-print-directory -C $$chapter clean; done

help:
	@sed -n 's/^## \{0,1\}//p' Makefile

.PHONY: all check demo look inside diff doctor check-mutants check-designs check-verbs check-exercises faults bench check-vm check-containers check-compilers results rootfs exercises progress progress-tsv FORCE lint clean help $(CHAPTERS)
