/* SPDX-License-Identifier: MIT */
/*
 * The table has two kinds of rows. Some say that an FK requirement is an XC one in libxl's words.
 * The others are for oracles alone, which charge an FK requirement only for what befell a child or
 * a call: an exit that is lost after the application broke FK-46 is lost all the same (XC-01), but
 * a script that asks only for the refusal which FK-46 is about does not speak of any exit.
 */
#include "catalogue/shape.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const struct row {
    const char *fk, *any;
    bool restates;
} rows[] = {
    {"FK-13", "XC-24", true},  {"FK-20", "XC-29", true},  {"FK-22", "XC-29", true},
    {"FK-23", "XC-29", true},  {"FK-24", "XC-29", true},  {"FK-25", "XC-29", true},
    {"FK-28", "XC-29", true},  {"FK-56", "XC-02", true},  {"FK-59", "XC-10", true},
    {"FK-62", "XC-19", true},  {"FK-63", "XC-20", true},  {"FK-65", "XC-18", true},

    {"FK-04", "XC-28", false}, {"FK-14", "XC-28", false}, {"FK-15", "XC-25", false},
    {"FK-18", "XC-17", false}, {"FK-19", "XC-01", false}, {"FK-30", "XC-01", false},
    {"FK-35", "XC-28", false}, {"FK-36", "XC-28", false}, {"FK-51", "XC-28", false},
    {"FK-42", "XC-01", false}, {"FK-46", "XC-01", false}, {"FK-55", "XC-12", false},
    {"FK-57", "XC-01", false}, {"FK-61", "XC-06", false}, {"FK-75", "XC-28", false},
    {"FK-79", "XC-14", false},
};

static const struct row *row_of(const char *fk)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strcmp(rows[i].fk, fk))
            return &rows[i];
    return NULL;
}

const char *shape_restates(const char *fk)
{
    const struct row *row = row_of(fk);

    return row && row->restates ? row->any : NULL;
}

const char *shape_elsewhere(const char *fk)
{
    const struct row *row = row_of(fk);

    return row ? row->any : NULL;
}
