/* What is called from Rust: CMAC and windows by libraries that are written in C. Each function does the whole of its work
   for all messages, so that nothing but the library is measured. 0 is success. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef HAS_OPENSSL
#include <openssl/core_names.h>
#include <openssl/evp.h>

/* New key for each message: the context is there, its key is set. */
int shim_openssl_cmac(const uint8_t *keys, const uint8_t *messages, size_t length, size_t count, uint8_t *tags)
{
    static EVP_MAC *mac;
    static EVP_MAC_CTX *context;
    OSSL_PARAM cipher[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, (char *)"AES-128-CBC", 0),
                           OSSL_PARAM_construct_end()};
    if (mac == NULL) {
        mac = EVP_MAC_fetch(NULL, "CMAC", NULL);
        context = EVP_MAC_CTX_new(mac);
        if (EVP_MAC_init(context, keys, 16, cipher) != 1)
            return 1;
    }
    for (size_t i = 0; i < count; i++) {
        size_t written;
        if (EVP_MAC_init(context, keys + 16 * i, 16, NULL) != 1 ||
            EVP_MAC_update(context, messages + length * i, length) != 1 ||
            EVP_MAC_final(context, tags + 16 * i, &written, 16) != 1)
            return 1;
    }
    return 0;
}
#endif

#ifdef HAS_IPSEC_MB
#include <intel-ipsec-mb.h>

struct shim_schedule {
    uint8_t expanded[16 * 11] __attribute__((aligned(16)));
    uint8_t decrypt[16 * 11] __attribute__((aligned(16)));
    uint32_t first[4], second[4];
};
#define SHIM_MOST 64
static struct shim_schedule shim_schedules[SHIM_MOST];
static IMB_MGR *shim_manager;

static void shim_expand(const uint8_t *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct shim_schedule *schedule = &shim_schedules[i];
        IMB_AES_KEYEXP_128(shim_manager, keys + 16 * i, schedule->expanded, schedule->decrypt);
        IMB_AES_CMAC_SUBKEY_GEN_128(shim_manager, schedule->expanded, schedule->first, schedule->second);
    }
}

/* At most 64 messages, of one length. With keys: expanded here, each time; else those of the last call that had them. */
int shim_ipsec_cmac(const uint8_t *keys, const uint8_t *messages, size_t length, size_t count, uint8_t *tags)
{
    if (count > SHIM_MOST)
        return 1;
    if (shim_manager == NULL) {
        shim_manager = alloc_mb_mgr(0);
        init_mb_mgr_auto(shim_manager, NULL);
    }
    if (keys != NULL)
        shim_expand(keys, count);
    for (size_t i = 0; i < count; i++) {
        IMB_JOB *job = IMB_GET_NEXT_JOB(shim_manager);
        job->cipher_direction = IMB_DIR_ENCRYPT;
        job->chain_order = IMB_ORDER_HASH_CIPHER;
        job->cipher_mode = IMB_CIPHER_NULL;
        job->hash_alg = IMB_AUTH_AES_CMAC;
        job->src = messages + length * i;
        job->hash_start_src_offset_in_bytes = 0;
        job->msg_len_to_hash_in_bytes = length;
        job->auth_tag_output = tags + 16 * i;
        job->auth_tag_output_len_in_bytes = 16;
        job->u.CMAC._key_expanded = shim_schedules[i].expanded;
        job->u.CMAC._skey1 = shim_schedules[i].first;
        job->u.CMAC._skey2 = shim_schedules[i].second;
        IMB_SUBMIT_JOB(shim_manager);
    }
    while (IMB_FLUSH_JOB(shim_manager) != NULL)
        ;
    return 0;
}
#endif

#ifdef HAS_OATH
#include <liboath/oath.h>

/* TOTP by HMAC-SHA-1, 8 digits, so many steps of 30 s on each side; the number of what was found, or a negative one. */
int shim_oath_search(const char *key, size_t length, uint64_t now, size_t reach, const char *given)
{
    return oath_totp_validate(key, length, now, 30, 0, reach, given);
}
#endif
