// Longer than most: a line or two for every code that a client can get.

/** What a code means and what to do about it, in Dutch. */
export type ErrorText = { code: string; meaning: string; remedy: string }

/** Codes of a problem document, by the class in its `type`. */
export const PROBLEM_TEXTS: Readonly<Record<string, readonly ErrorText[]>> = {
  ValidationError: [
    {
      code: 'invalid',
      meaning: 'Een of meer velden van het verzoek kloppen niet.',
      remedy: 'Kijk in invalidParams welke velden dat zijn; onderaan de lijst met fouten staat wat elke code betekent.',
    },
  ],
  ParseError: [
    {
      code: 'parse_error',
      meaning: 'De body is geen geldige JSON in de opgegeven tekenset, of is te diep genest.',
      remedy: 'Stuur UTF-8 zonder byte order mark en laat een JSON-bibliotheek de body maken.',
    },
  ],
  BadRequest: [
    {
      code: 'bad_request',
      meaning: 'Het verzoek is geen geldig HTTP, of wordt om een andere reden niet begrepen.',
      remedy: 'Kijk wat de client verstuurt, en wat een proxy onderweg verandert.',
    },
  ],
  PermissionDenied: [
    {
      code: 'permission_denied',
      meaning: 'Er zijn geen credentials, of de client mag deze actie niet uitvoeren.',
      remedy:
        'Stuur "Authorization: Bearer <JWT>" mee. Ontbreekt een scope, dan noemt detail die: geef haar aan de applicatie in de Autorisaties API.',
    },
    {
      code: 'jwt-decode-error',
      meaning: 'Wat na Bearer staat is geen JWT, of is langer dan 8 KB.',
      remedy:
        'Controleer of het token heel is gebleven: drie delen met punten ertussen, zonder aanhalingstekens of spaties.',
    },
    {
      code: 'missing-client-identifier',
      meaning: 'De JWT heeft geen claim client_id.',
      remedy: 'Zet het client ID in de payload van de JWT, niet in de header ervan.',
    },
    {
      code: 'invalid-client-identifier',
      meaning: 'Dit client ID is hier niet bekend.',
      remedy: 'Neem het op onder clientCredentials in de configuratie, letter voor letter zoals de client het stuurt.',
    },
    {
      code: 'jwt-invalidalgorithmerror',
      meaning: 'De JWT is niet met HS256 ondertekend.',
      remedy: 'Stel HS256 in bij de client; andere algoritmes worden niet geaccepteerd.',
    },
    {
      code: 'invalid-jwt-signature',
      meaning: 'De handtekening van de JWT past niet bij het secret van de client.',
      remedy: 'Gebruik aan beide kanten hetzelfde secret. Let op een regeleinde of spatie die meegekopieerd is.',
    },
    {
      code: 'jwt-missing-iat-claim',
      meaning: 'De JWT zegt niet wanneer hij gemaakt is.',
      remedy: 'Zet de claim iat in de JWT, in seconden sinds 1970.',
    },
    {
      code: 'jwt-expired',
      meaning: 'De JWT is te oud: iat ligt te ver terug.',
      remedy:
        'Maak voor elk verzoek een nieuwe JWT. Klopt de leeftijd in detail niet, zet dan de klok van de client gelijk.',
    },
    {
      code: 'jwt-expiredsignatureerror',
      meaning: 'De claim exp van de JWT is voorbij.',
      remedy: 'Maak voor elk verzoek een nieuwe JWT, of zet de klok van de client gelijk.',
    },
    {
      code: 'jwt-immaturesignatureerror',
      meaning: 'De JWT geldt nog niet: nbf of iat ligt in de toekomst.',
      remedy: 'Zet de klok van de client gelijk; detail noemt het verschil in seconden.',
    },
    {
      code: 'jwt-decodeerror',
      meaning: 'exp of nbf in de JWT is geen geheel getal.',
      remedy: 'Geef tijden als seconden sinds 1970.',
    },
    {
      code: 'jwt-invalidsubjecterror',
      meaning: 'De claim sub van de JWT is geen tekst.',
      remedy: 'Laat sub weg of maak er tekst van.',
    },
    {
      code: 'jwt-invalidjtierror',
      meaning: 'De claim jti van de JWT is geen tekst.',
      remedy: 'Laat jti weg of maak er tekst van.',
    },
    {
      code: 'not_authenticated_for_ac',
      meaning: 'De Autorisaties API accepteert de credentials van deze dienst zelf niet.',
      remedy:
        'Een beheerder vergelijkt de externe credential hier met de applicatie in de Autorisaties API; bode doctor zegt wat er mis is.',
    },
    {
      code: 'managed-by-configuration',
      meaning: 'Dit object staat in de configuratie en kan niet via de API gewijzigd worden.',
      remedy: 'Wijzig het in de configuratie, of sta de client daar met clientMay een deel van de wijzigingen toe.',
    },
  ],
  NotFound: [
    {
      code: 'not_found',
      meaning: 'Dit adres of object bestaat niet.',
      remedy: 'Gebruik de url die de API zelf gaf. Een abonnement kan intussen opgezegd zijn.',
    },
  ],
  MethodNotAllowed: [
    {
      code: 'method_not_allowed',
      meaning: 'Deze resource kent de methode niet.',
      remedy: 'De header Allow van het antwoord noemt de methodes die er wel zijn.',
    },
  ],
  NotAcceptable: [
    {
      code: 'not_acceptable',
      meaning: 'De header Accept laat geen JSON toe.',
      remedy: 'Stuur "Accept: application/json" of laat de header weg.',
    },
  ],
  RequestTimeout: [
    {
      code: 'request_timeout',
      meaning: 'Het verzoek was na 30 seconden nog niet helemaal binnen.',
      remedy: 'Controleer de verbinding, en of Content-Length klopt met de body.',
    },
  ],
  Conflict: [
    {
      code: 'idempotency-key-reused',
      meaning: 'De Idempotency-Key is in de afgelopen 24 uur gebruikt voor een verzoek met een andere inhoud.',
      remedy: 'Geef elk nieuw verzoek een eigen key, en stuur alleen bij opnieuw proberen dezelfde mee.',
    },
  ],
  RequestEntityTooLarge: [
    {
      code: 'request_entity_too_large',
      meaning: 'De body is groter dan 1 MB.',
      remedy: 'Een notificatie verwijst naar objecten en bevat ze niet: stuur een URL.',
    },
  ],
  UnsupportedMediaType: [
    {
      code: 'unsupported_media_type',
      meaning: 'De header Content-Type (of Content-Encoding) noemt iets dat deze resource niet leest.',
      remedy:
        'Stuur "Content-Type: application/json", en voor CloudEvents application/cloudevents+json; comprimeer de body niet.',
    },
  ],
  RequestHeaderFieldsTooLarge: [
    {
      code: 'request_header_fields_too_large',
      meaning: 'De headers van het verzoek zijn samen groter dan 16 KB.',
      remedy: 'Maak het token kleiner; haal er claims uit die hier niet gebruikt worden.',
    },
  ],
  APIException: [
    {
      code: 'error',
      meaning: 'Er is iets misgegaan in deze dienst zelf.',
      remedy: 'Geef de beheerder het kenmerk uit instance: daarmee staat de oorzaak in het log.',
    },
  ],
  ServiceUnavailable: [
    {
      code: 'service_unavailable',
      meaning: 'De dienst kan nu niets opslaan; er is niets aangenomen.',
      remedy: 'Probeer het opnieuw na het aantal seconden in de header Retry-After.',
    },
  ],
}

/** Codes in `invalidParams`. */
export const FIELD_TEXTS: readonly ErrorText[] = [
  { code: 'required', meaning: 'Het veld ontbreekt.', remedy: 'Stuur het mee.' },
  { code: 'null', meaning: 'Het veld is null.', remedy: 'Geef een waarde, of laat het veld weg als dat mag.' },
  { code: 'blank', meaning: 'Het veld is leeg of bestaat uit spaties.', remedy: 'Geef een waarde.' },
  {
    code: 'invalid',
    meaning: 'De waarde heeft niet het goede type of formaat.',
    remedy: 'reason zegt wat verwacht wordt.',
  },
  { code: 'max_length', meaning: 'De waarde of het aantal is te groot.', remedy: 'reason noemt het maximum.' },
  { code: 'not_a_list', meaning: 'Er is een lijst nodig.', remedy: 'Zet de waarde tussen [ en ].' },
  { code: 'not_a_dict', meaning: 'Er is een object nodig.', remedy: 'Stuur namen met waarden tussen { en }.' },
  {
    code: 'null_characters_not_allowed',
    meaning: 'De tekst bevat een NUL-teken.',
    remedy: 'Haal het eruit; geen database kan het bewaren.',
  },
  {
    code: 'surrogate_characters_not_allowed',
    meaning: 'De tekst bevat een half teken (surrogate).',
    remedy: 'Stuur geldige Unicode.',
  },
  {
    code: 'unique',
    meaning: 'Er is al een object met deze waarde.',
    remedy: 'Gebruik het bestaande, of kies een andere.',
  },
  {
    code: 'wijzigen-niet-toegelaten',
    meaning: 'Dit veld kan na het maken niet meer wijzigen.',
    remedy: 'Maak een nieuw object met de andere waarde.',
  },
  {
    code: 'kanaal_naam',
    meaning: 'Het abonnement noemt een kanaal dat niet bestaat.',
    remedy: 'GET /api/v1/kanaal geeft alle kanalen; hoofdletters tellen.',
  },
  {
    code: 'inconsistent-abonnement-filters',
    meaning: 'De filters van het abonnement en die van het kanaal passen niet: geen van beide bevat de andere.',
    remedy: 'Filter op kenmerken die het kanaal noemt.',
  },
  {
    code: 'no-auth-on-callback-url',
    meaning: 'De callbackUrl gaf zonder Authorization geen 401 of 403.',
    remedy: 'Laat de ontvanger verzoeken zonder geldige Authorization weigeren.',
  },
  {
    code: 'invalid-callback-url',
    meaning: 'De callbackUrl nam de proefnotificatie niet aan, of was niet te bereiken.',
    remedy: 'Laat de ontvanger op kanaal "test" antwoorden met 200 tot 209; reason zegt waar het misging.',
  },
  {
    code: 'unknown-parameters',
    meaning: 'Het adres heeft query parameters die deze resource niet kent.',
    remedy: 'Laat ze weg; lijsten zijn niet in pagina’s verdeeld.',
  },
  {
    code: 'message_kanaal',
    meaning: 'De notificatie noemt een kanaal dat niet bestaat.',
    remedy: 'Maak het kanaal eerst, of declareer het in de configuratie.',
  },
  {
    code: 'kenmerken_inconsistent',
    meaning: 'De kenmerken en de filters van het kanaal passen niet: geen van beide bevat de andere.',
    remedy: 'Stuur de kenmerken die het kanaal noemt.',
  },
  {
    code: 'future_not_allowed',
    meaning: 'aanmaakdatum ligt in de toekomst.',
    remedy: 'Zet de klok van de publicerende dienst gelijk; een tijd zonder zone wordt gelezen als UTC.',
  },
]
