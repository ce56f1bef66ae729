# One verb for each thing a reader does: `make help` lists them.
CHAPTERS := $(wildcard 0[1-9]-*)

all: $(CHAPTERS)

$(CHAPTERS):
	@$(MAKE) --no-print-directory -C $@

check: all
	tests/check $(CHAPTER)

clean:
	@for chapter in $(CHAPTERS); do $(MAKE) --no-print-directory -C $$chapter clean; done

.PHONY: all check clean $(CHAPTERS)
