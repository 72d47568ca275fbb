/* SPDX-License-Identifier: ISC */
/* Makes lists as servers send them, right and wrong in every way that we could think of, and has each judged by chain_judge and by `openssl verify`: they must agree.

   usage: chains_test [COUNT [SEED]]     (1000 lists of seed 1 when nothing is said)

   What the seed decides is the shape; keys and signatures are new each time. A list on which the two disagree is kept as PEM files and named. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "base/attributes.h"
#include "certificate/chain.h"
#include "certificate/made_certificate.h"

enum {
	ROOTS = 4, /* the system's store has the first three, Mozilla's the first two */
	KEYS = 24,
	LEVELS_MAX = 3, /* of intermediates */
	LIST_MAX = 12,
	MOZILLA_EVERY = 3 /* to save time the second store is verified for each third list */
};

/* What is wrong with one certificate of the path. */
enum fault {
	FAULT_NONE,
	FAULT_NO_AUTHORITY,
	FAULT_KEY_USAGE,
	FAULT_CLIENT_ONLY,
	FAULT_PATH_LENGTH,
	FAULT_PERMITTED_OTHER,
	FAULT_EXCLUDED,
	FAULT_FORGED,
	FAULT_CRITICAL_UNKNOWN,
	FAULT_EXPIRED,   /* no fault here: time is not looked at */
	FAULT_NOT_YET,   /* nor here */
	FAULT_PERMITTED, /* nor here: the constraint allows the leaf */
	FAULT_OLD_HASH,  /* nor here: weak, but a path */
	FAULT_COUNT
};
static const char *const FAULT_NAMES[FAULT_COUNT] = {
	"nothing wrong", "no authority", "key usage without certSign", "for clients only", "path length",   "permitted other",
	"excluded",      "forged",       "critical unknown",           "expired",          "not yet valid", "permitted",
	"old hash"};

/* How the list differs from the path. */
enum change {
	CHANGE_NONE,
	CHANGE_ONE_MISSING,
	CHANGE_ALL_MISSING,
	CHANGE_SHUFFLED,
	CHANGE_DOUBLED,
	CHANGE_EXTRAS,
	CHANGE_WITH_ROOT,
	CHANGE_LEAF_TWICE,
	CHANGE_CROSS_FIRST,  /* the last intermediate by another root as well, before the real one */
	CHANGE_CROSS_SECOND, /* behind it */
	CHANGE_COUNT
};
static const char *const CHANGE_NAMES[CHANGE_COUNT] = {"as it should be", "one missing", "all missing", "shuffled",    "one twice",
                                                       "with extras",     "with root",   "leaf twice",  "cross first", "cross second"};

struct list {
	X509 *items[LIST_MAX];
	size_t count;
};

static EVP_PKEY *keys[KEYS];
static X509 *roots[ROOTS];
static char folder[] = "/tmp/mailcensus-chains-XXXXXX";
static uint64_t random_state = 1;
static size_t verifications;

static size_t random_below(size_t limit)
{
	uint64_t value = random_state += 0x9e3779b97f4a7c15u;

	value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
	value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
	return (size_t)((value ^ (value >> 31)) % limit);
}

static void list_add(struct list *list, X509 *certificate)
{
	if (list->count < LIST_MAX && X509_up_ref(certificate) == 1)
		list->items[list->count++] = certificate;
}

static void list_insert(struct list *list, size_t at, X509 *certificate)
{
	list_add(list, certificate);
	for (size_t i = list->count - 1; i > at; i--) {
		X509 *other = list->items[i - 1];

		list->items[i - 1] = list->items[i];
		list->items[i] = other;
	}
}

static void list_remove(struct list *list, size_t at)
{
	X509_free(list->items[at]);
	list->count--;
	for (; at < list->count; at++)
		list->items[at] = list->items[at + 1];
}

static void list_free(struct list *list)
{
	while (list->count > 0)
		X509_free(list->items[--list->count]);
}

/* ---- making ---- */

static void set_up(void)
{
	for (size_t i = 0; i < KEYS; i++)
		keys[i] = made_key(i == 0 ? "RSA:2048" : i == 1 ? "RSA:1024" : i == 2 ? "P-384" : i == 3 ? "ED25519" : "P-256");
	for (size_t i = 0; i < ROOTS; i++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "Root %zu", i);
		roots[i] = made_certificate(&(struct recipe){
			.subject = name, .key = keys[i], .is_authority = true, .end = 4102444800, .without_key_ids = i == 2});
	}
	if (mkdtemp(folder) == NULL)
		abort();
}

/* Spoils a recipe. Faults of names are the issuer's business, so they are put on authorities alone. */
static void apply_fault(struct recipe *recipe, enum fault fault, EVP_PKEY *wrong)
{
	size_t next = 0;

	while (recipe->extensions[next].value != NULL)
		next++;
	switch (fault) {
	case FAULT_NO_AUTHORITY:
		recipe->is_authority = false;
		break;
	case FAULT_KEY_USAGE:
		recipe->extensions[next].kind = NID_key_usage;
		recipe->extensions[next].value = recipe->is_authority ? "critical,digitalSignature,cRLSign" : "critical,cRLSign";
		break;
	case FAULT_CLIENT_ONLY:
		recipe->extensions[next].kind = NID_ext_key_usage;
		recipe->extensions[next].value = "clientAuth";
		break;
	case FAULT_PATH_LENGTH:
		recipe->path_length = recipe->is_authority ? "0" : NULL;
		break;
	case FAULT_PERMITTED_OTHER:
	case FAULT_EXCLUDED:
	case FAULT_PERMITTED:
		recipe->extensions[next].kind = NID_name_constraints;
		recipe->extensions[next].value = fault == FAULT_EXCLUDED    ? "critical,excluded;DNS:example.org"
		                                 : fault == FAULT_PERMITTED ? "permitted;DNS:example.org"
		                                                            : "critical,permitted;DNS:example.net";
		break;
	case FAULT_FORGED:
		recipe->signer = wrong;
		break;
	case FAULT_CRITICAL_UNKNOWN:
		recipe->extensions[next].kind = NID_netscape_comment;
		recipe->extensions[next].value = "critical,what is this";
		break;
	case FAULT_EXPIRED:
		recipe->start = 1;
		recipe->end = 86400;
		break;
	case FAULT_NOT_YET:
		recipe->start = 4070908800;
		recipe->end = 4102444800;
		break;
	case FAULT_OLD_HASH:
		if (EVP_PKEY_get_base_id(recipe->signer) != EVP_PKEY_ED25519)
			recipe->digest = EVP_sha1();
		break;
	case FAULT_NONE:
	case FAULT_COUNT:
		break;
	}
}

/* One path from a leaf (first) up to, without it, a root. */
struct path {
	struct list list;
	EVP_PKEY *signers[LEVELS_MAX + 1]; /* of list.items */
	EVP_PKEY *own[LEVELS_MAX + 1];
	X509 *root;
	char text[256];
};

static void make_path(struct path *path, size_t number, enum fault fault)
{
	size_t levels = random_below(LEVELS_MAX + 1), root = random_below(ROOTS);
	size_t faulty =
		fault == FAULT_PATH_LENGTH && levels >= 2 ? levels : random_below(levels + 1); /* 0: the leaf; levels: next to the root */
	bool without_key_ids = random_below(4) == 0;
	X509 *issuer = roots[root];
	EVP_PKEY *signer = keys[root];

	*path = (struct path){.root = roots[root]};
	for (size_t level = levels + 1; level-- > 0;) {
		char name[64];
		EVP_PKEY *key = keys[level == 0 ? random_below(KEYS) : ROOTS + random_below(KEYS - ROOTS)];
		struct recipe recipe = {.subject = name,
		                        .issuer = issuer,
		                        .key = key,
		                        .signer = signer,
		                        .is_authority = level > 0,
		                        .without_key_ids = without_key_ids,
		                        .serial = number + 1};

		(void)snprintf(name, sizeof(name), level == 0 ? "mail%zu.example.org" : "Authority %zu of %zu", level == 0 ? number : level,
		               number);
		if (level == 0) {
			recipe.extensions[0].kind = NID_subject_alt_name;
			recipe.extensions[0].value = "DNS:mail.example.org";
		} else if (random_below(2) == 0) {
			recipe.extensions[0].kind = NID_key_usage;
			recipe.extensions[0].value = "critical,keyCertSign,cRLSign";
			if (fault == FAULT_KEY_USAGE && level == faulty)
				recipe.extensions[0].value = NULL;
		}
		if (level == faulty &&
		    (level > 0 || (fault != FAULT_PERMITTED_OTHER && fault != FAULT_EXCLUDED && fault != FAULT_PERMITTED)))
			apply_fault(&recipe, fault, keys[KEYS - 1 - random_below(8)]);
		issuer = made_certificate(&recipe);
		path->own[level] = key;
		path->signers[level] = signer;
		list_insert(&path->list, 0, issuer);
		X509_free(issuer); /* the list holds it */
		signer = key;
	}
	(void)snprintf(path->text, sizeof(path->text), "%zu: root %zu, %zu intermediates%s, %s at %zu", number, root, levels,
	               without_key_ids ? " without key identifiers" : "", FAULT_NAMES[fault], faulty);
}

/* The intermediate next to the root, certified by another root as well. */
static X509 *cross_signed(const struct path *path)
{
	size_t last = path->list.count - 1, other = random_below(ROOTS);
	char name[64];

	X509_NAME_get_text_by_NID(X509_get_subject_name(path->list.items[last]), NID_commonName, name, sizeof(name));
	return made_certificate(&(struct recipe){.subject = name,
	                                         .issuer = roots[other],
	                                         .key = path->own[last],
	                                         .signer = keys[other],
	                                         .is_authority = true,
	                                         .serial = 77});
}

static void add_extras(struct list *sent, const struct list *unrelated)
{
	for (size_t i = 1 + random_below(2); i > 0; i--)
		list_insert(sent, 1 + random_below(sent->count), unrelated->items[random_below(unrelated->count)]);
	if (random_below(2) == 0)
		list_add(sent, roots[random_below(ROOTS)]);
}

static void change_list(struct list *sent, const struct path *path, const struct list *unrelated, enum change change)
{
	size_t at = sent->count > 1 ? 1 + random_below(sent->count - 1) : 0;
	X509 *cross;

	switch (change) {
	case CHANGE_ONE_MISSING:
		if (at > 0)
			list_remove(sent, at);
		break;
	case CHANGE_ALL_MISSING:
		while (sent->count > 1)
			list_remove(sent, 1);
		break;
	case CHANGE_SHUFFLED:
		for (size_t i = sent->count - 1; i > 1; i--) {
			size_t other = 1 + random_below(i);
			X509 *item = sent->items[i];

			sent->items[i] = sent->items[other];
			sent->items[other] = item;
		}
		break;
	case CHANGE_DOUBLED:
		list_insert(sent, 1 + random_below(sent->count), sent->items[at]);
		break;
	case CHANGE_EXTRAS:
		add_extras(sent, unrelated);
		break;
	case CHANGE_WITH_ROOT:
		list_add(sent, path->root);
		break;
	case CHANGE_LEAF_TWICE:
		list_insert(sent, 1, sent->items[0]);
		break;
	case CHANGE_CROSS_FIRST:
	case CHANGE_CROSS_SECOND:
		if (sent->count < 2)
			break;
		cross = cross_signed(path);
		list_insert(sent, sent->count - (change == CHANGE_CROSS_FIRST ? 1 : 0), cross);
		X509_free(cross);
		break;
	case CHANGE_NONE:
	case CHANGE_COUNT:
		break;
	}
}

/* ---- judging ---- */

static void write_pem(const char *name, X509 *const *certificates, size_t count, char path_out[128])
{
	char made[64];

	made_pem_file(certificates, count, made);
	(void)snprintf(path_out, 128, "%s/%s", folder, name);
	if (rename(made, path_out) != 0)
		abort();
}

/* What the command says of the leaf with these roots. */
static bool openssl_verifies(const char *roots_path, const struct list *sent, const struct list *known)
{
	char leaf[128], untrusted[128];
	X509 *others[2 * LIST_MAX];
	size_t count = 0;
	char *arguments[] = {(char[]){"openssl"},
	                     (char[]){"verify"},
	                     (char[]){"-no_check_time"},
	                     (char[]){"-purpose"},
	                     (char[]){"sslserver"},
	                     (char[]){"-no-CApath"},
	                     (char[]){"-no-CAstore"},
	                     (char[]){"-CAfile"},
	                     strdup(roots_path),
	                     leaf,
	                     (char[]){"-untrusted"},
	                     untrusted,
	                     NULL};
	posix_spawn_file_actions_t actions;
	pid_t child;
	int status = -1;

	for (size_t i = 1; i < sent->count; i++)
		others[count++] = sent->items[i];
	for (size_t i = 0; known != NULL && i < known->count; i++)
		others[count++] = known->items[i];
	write_pem("leaf.pem", sent->items, 1, leaf);
	write_pem("untrusted.pem", others, count, untrusted);
	/* The option stands before the leaf; without others there is none. */
	if (count > 0) {
		arguments[9] = arguments[10];
		arguments[10] = untrusted;
		arguments[11] = leaf;
	} else {
		arguments[10] = NULL;
	}
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	(void)posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&child, "openssl", &actions, NULL, arguments, environ) != 0) {
		(void)fprintf(stderr, "cannot run openssl: %s\n", strerror(errno));
		exit(1);
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	free(arguments[8]);
	verifications++;
	if (!WIFEXITED(status) || (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != 2)) {
		(void)fprintf(stderr, "openssl verify ended with status %d\n", status);
		exit(1);
	}
	return WEXITSTATUS(status) == 0;
}

static enum chain_trust expected_trust(const char *roots_path, const struct list *sent, const struct list *known)
{
	if (openssl_verifies(roots_path, sent, NULL))
		return TRUST_GOOD;
	return known->count > 0 && openssl_verifies(roots_path, sent, known) ? TRUST_INCOMPLETE : TRUST_NONE;
}

static struct chain_facts judge(const char *system, const char *mozilla, const struct list *sent, const struct list *known)
{
	char path[128];
	struct span ders[LIST_MAX];
	struct chain_facts facts;
	struct error error = {""};
	struct trust_stores *stores;

	write_pem("known.pem", known->items, known->count, path);
	stores = trust_stores_new(system, mozilla, known->count > 0 ? path : NULL, &error);
	if (stores == NULL) {
		(void)fprintf(stderr, "%s\n", error.text);
		exit(1);
	}
	for (size_t i = 0; i < sent->count; i++)
		ders[i] = made_der(sent->items[i]);
	chain_judge(stores, ders, sent->count, false, &facts);
	for (size_t i = 0; i < sent->count; i++)
		made_der_free(ders[i]);
	trust_stores_free(stores);
	return facts;
}

static size_t tallies[2][TRUST_NONE + 1];

static bool agree(const char *store, enum chain_trust ours, enum chain_trust theirs, const char *text)
{
	if (ours == theirs)
		return true;
	(void)fprintf(stderr, "not ok: %s, %s store: we say %s, openssl verify says %s\n", text, store, chain_trust_name(ours),
	              chain_trust_name(theirs));
	return false;
}

/* For who wants to look at it. */
static void keep_list(size_t number, const struct list *sent, const struct list *known)
{
	char name[64], path[128];

	(void)snprintf(name, sizeof(name), "list-%zu.pem", number);
	write_pem(name, sent->items, sent->count, path);
	(void)fprintf(stderr, "kept as %s\n", path);
	(void)snprintf(name, sizeof(name), "list-%zu-known.pem", number);
	write_pem(name, known->items, known->count, path);
}

static void remove_files(void)
{
	static const char *const NAMES[] = {"leaf.pem", "untrusted.pem", "known.pem", "system.pem", "mozilla.pem"};
	char path[128];

	for (size_t i = 0; i < ARRAY_LENGTH(NAMES); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, NAMES[i]);
		(void)unlink(path);
	}
	(void)rmdir(folder);
}

/* Sometimes nothing is known, mostly all that is genuine, sometimes a part of it. */
static void choose_known(const struct path *path, struct list *known)
{
	size_t how = random_below(4);

	for (size_t i = 1; how > 0 && i < path->list.count; i++) {
		if (how > 1 || random_below(2) == 0)
			list_add(known, path->list.items[i]);
	}
}

static bool check_list(size_t number, const char *system, const char *mozilla, struct list *unrelated)
{
	enum fault fault = random_below(3) > 0 ? FAULT_NONE : (enum fault)random_below(FAULT_COUNT);
	enum change change = (enum change)random_below(CHANGE_COUNT);
	struct list sent = {.count = 0}, known = {.count = 0};
	struct path path;
	struct chain_facts facts;
	enum chain_trust theirs;
	char text[512];
	bool is_good;

	if (random_below(4) == 0) /* the commonest mistake */
		change = random_below(3) > 0 ? CHANGE_ONE_MISSING : CHANGE_ALL_MISSING;
	make_path(&path, number, fault);
	for (size_t i = 0; i < path.list.count; i++)
		list_add(&sent, path.list.items[i]);
	change_list(&sent, &path, unrelated, change);
	choose_known(&path, &known);
	(void)snprintf(text, sizeof(text), "%s; %s; %zu sent, %zu known", path.text, CHANGE_NAMES[change], sent.count, known.count);
	facts = judge(system, mozilla, &sent, &known);
	theirs = expected_trust(system, &sent, &known);
	tallies[0][theirs]++;
	is_good = agree("system", facts.system, theirs, text);
	if (number % MOZILLA_EVERY == 0) {
		theirs = expected_trust(mozilla, &sent, &known);
		tallies[1][theirs]++;
		is_good = agree("mozilla", facts.mozilla, theirs, text) && is_good;
	}
	if (change == CHANGE_NONE && fault == FAULT_NONE && facts.is_ordered != ANSWER_YES) {
		(void)fprintf(stderr, "not ok: %s: is not called ordered\n", text);
		is_good = false;
	}
	if (facts.has_root == ANSWER_YES && change != CHANGE_WITH_ROOT && change != CHANGE_EXTRAS) {
		(void)fprintf(stderr, "not ok: %s: is said to have a root\n", text);
		is_good = false;
	}
	if (!is_good)
		keep_list(number, &sent, &known);
	list_free(unrelated);
	for (size_t i = 0; i < path.list.count; i++)
		list_add(unrelated, path.list.items[i]);
	list_free(&sent);
	list_free(&known);
	list_free(&path.list);
	return is_good;
}

int main(int count, char **arguments)
{
	size_t lists = count > 1 ? strtoul(arguments[1], NULL, 10) : 1000, bad = 0;
	char system[128], mozilla[128];
	struct list unrelated = {.count = 0};

	random_state = count > 2 ? strtoul(arguments[2], NULL, 10) : 1;
	set_up();
	list_add(&unrelated, roots[0]);
	write_pem("system.pem", roots, 3, system);
	write_pem("mozilla.pem", roots, 2, mozilla);
	for (size_t i = 0; i < lists; i++)
		bad += check_list(i, system, mozilla, &unrelated) ? 0 : 1;
	(void)printf("%zu lists, %zu verifications by openssl, %zu disagreements; system: %zu good, %zu incomplete, %zu none; mozilla: %zu "
	             "good, %zu incomplete, %zu none\n",
	             lists, verifications, bad, tallies[0][TRUST_GOOD], tallies[0][TRUST_INCOMPLETE], tallies[0][TRUST_NONE],
	             tallies[1][TRUST_GOOD], tallies[1][TRUST_INCOMPLETE], tallies[1][TRUST_NONE]);
	if (bad == 0)
		remove_files();
	list_free(&unrelated);
	for (size_t i = 0; i < ROOTS; i++)
		X509_free(roots[i]);
	for (size_t i = 0; i < KEYS; i++)
		EVP_PKEY_free(keys[i]);
	return bad == 0 ? 0 : 1;
}
