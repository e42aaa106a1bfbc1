import type { OnFile } from './types.ts'

/** What Open Notificaties tests of its API. */
export const API: readonly OnFile[] = [
  {
    file: 'api/tests/test_abonnement.py',
    count: 12,
    covered: {
      'abonnement.test.ts': [
        'test_abonnementen_create',
        'test_abonnementen_create_nonexistent_kanaal',
        'test_abonnementen_create_cloudevent',
        'test_abonnement_update_kanalen',
        'test_abonnement_update_cloudevent_filters',
        'test_abonnementen_create_inconsistent_filters',
        'test_abonnement_destroy',
        'test_abonnement_list_different_clientid',
        'test_abonnement_read_different_clientid',
        'test_abonnement_update_different_client_id',
        'test_abonnement_destroy_different_clientid',
        'test_abonnementen_create_duplicate_callbacks',
      ],
    },
  },
  {
    file: 'api/tests/test_auth.py',
    count: 26,
    covered: {
      'scopes.test.ts': [
        'NotificationsScopeForbidden.test_cannot_create_without_correct_scope',
        'NotificationsScopeForbidden.test_cannot_read_without_correct_scope',
        'AbonnementRead.test_abonnement_list',
        'AbonnementRead.test_abonnement_retreive',
        'AbonnementRead.test_read_superuser',
        'AbonnementWrite.test_create_scope_not_ok',
        'AbonnementWrite.test_create_scope_ok',
        'AbonnementWrite.test_delete_scope_not_ok',
        'AbonnementWrite.test_delete_scope_ok',
        'AbonnementWrite.test_update_scope_not_ok',
        'AbonnementWrite.test_update_scope_ok',
        'KanaalRead.test_kanaal_list',
        'KanaalRead.test_kanaal_retreive',
        'KanaalRead.test_read_superuser',
        'KanaalWrite.test_create_scope_not_ok',
        'KanaalWrite.test_create_scope_ok',
        'NotificatiesWrite.test_create_scope_not_ok',
        'NotificatiesWrite.test_create_scope_ok',
      ],
      'authentication.test.ts': [
        'JWTIat.test_iat_ok',
        'JWTIat.test_iat_in_future_ok',
        'JWTIat.test_iat_in_future_with_leeway',
        'JWTIat.test_iat_in_future_with_leeway_ok',
        'JWTIat.test_exp_ok',
        'JWTIat.test_exp_in_future_fails',
        'JWTIat.test_exp_in_future_with_leeway',
        'JWTIat.test_exp_in_future_with_leeway_fails',
      ],
    },
  },
  {
    file: 'api/tests/test_dso_api_strategy.py',
    count: 15,
    covered: {
      'openapi.test.ts': ['test_api_19_documentation_version_json', 'test_api_19_documentation_version_yaml'],
      'errors.test.ts': [
        'test_api_24_version_header',
        'test_400_error',
        'test_403_error',
        'test_404_error',
        'test_405_error',
        'test_406_error',
        'test_415_error',
        'test_500_error',
      ],
    },
    differs: [
      {
        tests: ['test_401_error'],
        in: 'errors.test.ts',
        because:
          'Missing or refused credentials are 403 with the codes of Open Notificaties, whose endpoints never answered 401 either.',
      },
    ],
    notApplicable: [
      {
        tests: ['test_409_error'],
        because: 'No operation answers 409, there or here: its test made the error itself.',
      },
      {
        tests: ['test_410_error'],
        because: 'No operation answers 410, there or here: its test made the error itself.',
      },
      {
        tests: ['test_412_error'],
        because: 'No operation answers 412, there or here: its test made the error itself.',
      },
      {
        tests: ['test_429_error'],
        because: 'No operation answers 429, there or here: its test made the error itself.',
      },
    ],
  },
  {
    file: 'api/tests/test_kanaal.py',
    count: 7,
    covered: {
      'kanaal.test.ts': [
        'test_kanaal_create',
        'test_kanaal_create_nonunique',
        'test_kanaal_update',
        'test_kanaal_partial_update',
        'test_kanaal_cannot_update_naam',
        'test_kanaal_delete',
        'test_kanaal_filter_naam',
      ],
    },
  },
  {
    file: 'api/tests/test_metrics.py',
    count: 3,
    differs: [
      {
        tests: ['test_kanaal_create_counter', 'test_abonnement_create_counter', 'test_notificatie_publish_counter'],
        in: 'counting.test.ts',
        because: 'Nothing is pushed to a collector: every request is one line of the log, with its route and status.',
      },
    ],
  },
  {
    file: 'api/tests/test_validation.py',
    count: 7,
    covered: {
      'callback-probe.test.ts': [
        'Abonnementen.test_abonnementen_invalid_callback_url',
        'Abonnementen.test_abonnementen_callback_url_accept_20x_status_codes',
        'Abonnementen.test_abonnementen_callback_url_no_auth',
        'Abonnementen.test_webhooksite_whitelisted',
      ],
      'validation.test.ts': [
        'Notificaties.test_notificaties_aanmaakdatum_in_future_fails',
        'Notificaties.test_notificaties_aanmaakdatum_in_future_with_leeway',
      ],
    },
    differs: [
      {
        tests: ['Kanalen.test_kanalen_invalid_documentatie_link_url'],
        in: 'validation.test.ts',
        because: 'A documentatieLink is never fetched.',
      },
    ],
  },
]
