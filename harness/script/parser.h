/* SPDX-License-Identifier: MIT */
/*
 * What the parts of the parser share.
 */
#ifndef REAPCHECK_SCRIPT_PARSER_H
#define REAPCHECK_SCRIPT_PARSER_H

#include "script/line.h"
#include "script/match.h"
#include "script/parse.h"

struct parser {
    struct script *script;
    struct lines lines;
    struct line line;
    size_t steps;  /* read so far, in all blocks */
    unsigned seen; /* bits of enum header: lines that may stand only once */
    struct names *lanes;
    struct script_error *error;
};

/* Both say what is wrong, and return false. */
bool parser_out_of_memory(struct parser *parser);
/* What was found in place of the line's word of this number, and what was expected. */
bool parser_complain(struct parser *parser, size_t word, const char *instead);

/* Puts a header line, which has matched, into the script. False after a complaint. */
bool parser_take_header(struct parser *parser, enum header header, const struct match *match);

#endif
