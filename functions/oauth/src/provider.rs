//! The configured provider: what it says about itself, and requests to it.

use bytes::Bytes;
use edge_api::config::OAuthSettings;
use edge_http::{
    App, Error, Result,
    provider::{self, Failure},
    serve::log,
    settings,
};
use edge_oidc::{
    Algorithm, Claims, Client, ClientAuth, Discovery, Expected, KeySet, Tokens, verify,
};
use edge_platform::{HttpError, Limits};
use edge_store::system::{self, key};
use http::{Request, Response, Uri, header};

/// The provider, as it is configured and as it describes itself.
pub struct Provider {
    /// The section `oauth` of the configuration.
    pub settings: OAuthSettings,
    /// Its discovery document.
    pub discovery: Discovery,
}

impl Provider {
    /// The configured provider. Errors: 404 while the server has nothing but maintenance (api/admin.md section 3), 400 when logins through
    /// one are off, 500 with the reason when it does not describe itself.
    pub async fn load(app: &App) -> Result<Self> {
        Self::load_or(app, "OAuth is not enabled").await
    }

    /// The same with another text for 400.
    pub async fn load_or(app: &App, disabled: &'static str) -> Result<Self> {
        let reads = vec![
            system::find_statement(key::SYSTEM_CONFIG),
            system::find_statement(key::MAINTENANCE_MODE),
        ];
        let answers = app.db().batch(reads).await?;
        let [config, maintenance] = answers.as_slice() else {
            return Err(Error::internal("two statements, other answers"));
        };
        if !maintenance.is_empty() {
            return Err(Error::not_found("Not Found"));
        }
        let settings = settings::read(system::value(config)?).oauth_settings();
        if !settings.enabled {
            return Err(Error::bad_request(disabled));
        }
        match app.discover(&settings).await {
            Ok(discovery) => Ok(Self {
                settings,
                discovery,
            }),
            Err(failure) => {
                let text = format!("Error in OAuth discovery: {failure}");
                log(&text);
                Err(Error::Upstream(text))
            }
        }
    }

    /// Whom tokens must come from and be meant for; `now` in epoch ms.
    pub fn expected(&self, now: i64) -> Expected<'_> {
        Expected {
            issuer: &self.discovery.issuer,
            client_id: &self.settings.client_id,
            now: now / 1000,
        }
    }

    /// Whether an address lies on one of the provider's own servers, reached as its endpoints are.
    pub fn owns(&self, address: &Uri) -> bool {
        let Discovery {
            issuer,
            authorization_endpoint,
            token_endpoint,
            jwks_uri,
            userinfo_endpoint,
            ..
        } = &self.discovery;
        let own = [issuer, authorization_endpoint, token_endpoint, jwks_uri];
        own.into_iter().chain(userinfo_endpoint).any(|own| {
            own.parse::<Uri>().is_ok_and(|own| {
                own.scheme() == address.scheme() && own.authority() == address.authority()
            })
        })
    }

    fn limits(&self) -> Limits {
        provider::limits(&self.settings)
    }

    /// Trades a code for tokens.
    pub async fn trade(
        &self,
        app: &App,
        code: &str,
        redirect_uri: &str,
        verifier: &str,
    ) -> std::result::Result<Tokens, Failure> {
        let secret = self.settings.client_secret.as_str();
        let client = Client {
            id: &self.settings.client_id,
            auth: match (secret, self.settings.secret_in_header) {
                ("", _) => ClientAuth::None,
                (secret, true) => ClientAuth::Basic(secret),
                (secret, false) => ClientAuth::Post(secret),
            },
        };
        let request = client.token_request(&self.discovery, code, redirect_uri, verifier)?;
        let answer = app.fetch(request, self.limits()).await?;
        Ok(Tokens::parse(answer.status().as_u16(), answer.body())?)
    }

    /// The claims of a token that the provider signed with the algorithm of this name. A key that is not known yet makes the
    /// key set be fetched once more: providers change their keys.
    pub async fn verify(
        &self,
        app: &App,
        token: &str,
        algorithm: &str,
    ) -> std::result::Result<Claims, Failure> {
        let algorithm = Algorithm::parse(algorithm)?;
        match verify(token, algorithm, &self.keys(app, false).await?) {
            Err(edge_oidc::Error::UnknownKey | edge_oidc::Error::Signature) => {
                let keys = self.keys(app, true).await?;
                Ok(verify(token, algorithm, &keys)?)
            }
            outcome => Ok(outcome?),
        }
    }

    async fn keys(&self, app: &App, fresh: bool) -> std::result::Result<KeySet, Failure> {
        let address = &self.discovery.jwks_uri;
        let document = app.document(address, self.limits(), fresh).await?;
        Ok(KeySet::parse(&document)?)
    }

    /// What the userinfo endpoint says, signed where that is configured.
    pub async fn userinfo(
        &self,
        app: &App,
        access_token: &str,
        subject: &str,
    ) -> std::result::Result<Claims, Failure> {
        let missing =
            edge_oidc::Error::Claim("email is missing, and there is no userinfo endpoint");
        let endpoint = self.discovery.userinfo_endpoint.as_ref().ok_or(missing)?;
        let answer = self.get(app, endpoint, access_token).await?;
        if answer.status() != 200 {
            return Err(Failure::Status("userinfo", answer.status().as_u16()));
        }
        let algorithm = self.settings.profile_signing_algorithm.as_deref();
        let claims = match algorithm {
            Some(algorithm) => {
                let token = String::from_utf8_lossy(answer.body());
                self.verify(app, token.trim(), algorithm).await?
            }
            None => Claims::parse(answer.body())?,
        };
        claims.check_userinfo(self.expected(app.now()), subject, algorithm.is_some())?;
        Ok(claims)
    }

    async fn get(
        &self,
        app: &App,
        address: &str,
        token: &str,
    ) -> std::result::Result<Response<Bytes>, HttpError> {
        let request = Request::get(address)
            .header(header::ACCEPT, "application/json, application/jwt")
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .body(Bytes::new())
            .map_err(|error| HttpError::Invalid(error.to_string()))?;
        app.fetch(request, self.limits()).await
    }
}
