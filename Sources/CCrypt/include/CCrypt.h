// libcrypt as Swift sees it; crypt_ra hashes a password by the method that a setting names, bcrypt among them.
#pragma once
#include <crypt.h>
