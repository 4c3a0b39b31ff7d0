/* SPDX-License-Identifier: MIT */
/*
 * The page is html/page.html with its parts put in: the style, the data, the scripts, which the
 * build puts into the executable. The data is JSON in an element that is no script, and read by
 * the page as text only, so that nothing that came from a library, a script or a file name is ever
 * markup or code; the page's own policy forbids it to load anything.
 */
#include "report/matrix.h"

#include <stdlib.h>
#include <string.h>
#include "report/matrix_data.h"
#include "report/text.h"

/* Generated from html/ by the Makefile; each ends with a 0. */
extern const char matrix_html_page_html[], matrix_html_page_css[], matrix_html_page_js[],
    matrix_html_timeline_js[];

/* Events of each history, from as many as results keep to what is left where failures abound. */
static const size_t events_most[] = {1000, 80, 40, 20, 8, 0};
enum { TRIES = sizeof events_most / sizeof *events_most };

/* In the text of a JSON string a "<" may as well be written \u003c; elsewhere there is none. */
static size_t escaped_length(const char *json)
{
    size_t length = 0;

    for (; *json; json++)
        length += *json == '<' ? 6 : 1;
    return length;
}

static void put_json(FILE *out, const char *json)
{
    while (*json) {
        size_t plain = strcspn(json, "<");

        fwrite(json, 1, plain, out);
        json += plain;
        if (*json) {
            fputs("\\u003c", out);
            json++;
        }
    }
}

static size_t frame_length(void)
{
    return strlen(matrix_html_page_html) + strlen(matrix_html_page_css) +
           strlen(matrix_html_timeline_js) + strlen(matrix_html_page_js);
}

/* Puts in what a place such as "@style@" in the page stands for; what is none stays as it is. */
static void put_part(FILE *out, const char *name, size_t length, const char *data)
{
    const struct {
        const char *name, *text;
    } parts[] = {
        {"@style@", matrix_html_page_css},
        {"@timeline@", matrix_html_timeline_js},
        {"@page@", matrix_html_page_js},
    };

    if (length == strlen("@data@") && !strncmp(name, "@data@", length)) {
        put_json(out, data);
        return;
    }
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (length == strlen(parts[i].name) && !strncmp(name, parts[i].name, length)) {
            fputs(parts[i].text, out);
            return;
        }
    fwrite(name, 1, length, out);
}

void matrix_print_page(FILE *out, const struct matrix *matrix, const char *version, size_t most)
{
    const char *at = matrix_html_page_html;
    char *data = NULL;

    for (size_t i = 0; i < TRIES; i++) {
        text_replace(&data, matrix_data(matrix, version, events_most[i]));
        if (frame_length() + escaped_length(data) <= most)
            break;
    }
    while (*at) {
        size_t plain = strcspn(at, "@"), length;

        fwrite(at, 1, plain, out);
        at += plain;
        if (!*at)
            break;
        length = 1 + strcspn(at + 1, "@\n ");
        length += at[length] == '@';
        put_part(out, at, length, data);
        at += length;
    }
    free(data);
}
